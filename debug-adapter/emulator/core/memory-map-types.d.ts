/** AssemblyScript's number types as TypeScript sees them in memory-map.ts. */
declare type usize = number;
declare type u32 = number;
declare type i32 = number;
