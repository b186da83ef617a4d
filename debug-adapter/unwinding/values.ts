/**
 * What is known of a value while code is followed without being run: something that the frame had where the following
 * began, plus an offset. Undefined stands for a value of which nothing is known.
 */
export interface Value {
  readonly origin: Origin;
  readonly offset: bigint;
}

export type Origin = { readonly key: string } & (
  | { readonly kind: 'number' }
  /** A register, a CSR or eight bytes of memory, as they were where the following began. */
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'csr'; readonly csr: number }
  | { readonly kind: 'memory'; readonly address: Value }
);

const numberOrigin: Origin = { kind: 'number', key: '' };

export function constant(value: bigint): Value {
  return { origin: numberOrigin, offset: value };
}

export function initialRegister(register: number): Value {
  if (register === 0) return constant(0n);
  return { origin: { kind: 'register', key: `x${register}`, register }, offset: 0n };
}

export function initialCsr(csr: number): Value {
  return { origin: { kind: 'csr', key: `csr${csr}`, csr }, offset: 0n };
}

export function initialMemory(address: Value): Value {
  return { origin: { kind: 'memory', key: `(${placeKey(address)})`, address }, offset: 0n };
}

export function plus(value: Value | undefined, offset: bigint): Value | undefined {
  return value && (offset === 0n ? value : { origin: value.origin, offset: value.offset + offset });
}

/** Undefined unless one of them is a number. */
export function sum(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (a?.origin.kind === 'number') return plus(b, a.offset);
  return b?.origin.kind === 'number' ? plus(a, b.offset) : undefined;
}

/** The same for two addresses exactly when they are known to be the same. */
export function placeKey({ origin, offset }: Value): string {
  return `${origin.key}+${offset}`;
}

/** The value is just what the register held at first. */
export function isInitial(value: Value | undefined, register: number): boolean {
  return value?.offset === 0n && value.origin.kind === 'register' && value.origin.register === register;
}
