/** What the core asks of its host. Status of an access goes to BUS_STATUS; see `Bus` in guest-core.ts. */
@external("host", "busRead")
export declare function busRead(hart: u32, address: f64, size: u32): u64;
@external("host", "busWrite")
export declare function busWrite(hart: u32, address: f64, size: u32, value: u64): void;
/** Copies the page's bytes from `address` on to FETCH_BUFFER and says how many; 0 when nothing is there. */
@external("host", "busFetch")
export declare function busFetch(address: f64): u32;
@external("host", "preserve")
export declare function preserve(page: u32, actor: u32, timeNs: f64): void;
/** There is no room for another page that is to be held: the host takes those that are. */
@external("host", "makeRoom")
export declare function makeRoom(): void;
/** Bytes of a watched page are about to be read by a hart, or written; the host may ask for a stop. */
@external("host", "watched")
export declare function watched(page: u32, offset: u32, size: u32, access: u32, actor: u32): void;
