import type { HartFrame, UnwindSource } from './frame';
import type { Origin, Value } from './values';

/** A value as a number, from the registers and the memory of the frame in which the following of its code began. */
export function evaluate(value: Value | undefined, frame: HartFrame, source: UnwindSource): bigint | undefined {
  if (!value) return undefined;
  const origin = evaluateOrigin(value.origin, frame, source);
  return origin === undefined ? undefined : BigInt.asUintN(64, origin + value.offset);
}

function evaluateOrigin(origin: Origin, frame: HartFrame, source: UnwindSource): bigint | undefined {
  switch (origin.kind) {
    case 'number':
      return 0n;
    case 'register':
      return frame.x[origin.register];
    case 'csr':
      return source.csr(origin.csr);
    case 'memory': {
      const address = evaluate(origin.address, frame, source);
      return address === undefined ? undefined : source.word(address, frame.privilege);
    }
  }
}
