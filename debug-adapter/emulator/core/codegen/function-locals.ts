/** Parameters of a page's function, locals for what is on the way, then one for each register. */
export const entryLocal = 0;
export const budgetLocal = 1;
export const tlbLocal = 2;
export const recordLocal = 3;
export const tlbEntryLocal = 4;
/** See float-code.ts. Only an instruction of the interpreter can change them. */
export const floatLocal = 5;
/** The hart's block. */
export const hartLocal = 6;
export const pageLocal = 7;
export const addressLocal = 8;
export const targetLocal = 9;
export const cLocal = 10;
export const dLocal = 11;
export const firstRegisterLocal = 12;
/** How many of them, behind the parameters, are i32 and i64. */
export const locals32 = 4;
export const locals64 = 5;
