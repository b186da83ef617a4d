import type { Bus } from './bus';
import { pageByteCount, ramBase } from './guest-core';
import * as map from './memory-map';

// Read at every access to a device: even an imported constant would tell.
const busStatusWord = map.BUS_STATUS / 4;
const { BUS_OK, BUS_RETRY, BUS_FAULT } = map;

/**
 * What assembly/host.ts imports of the bus.
 *
 * @param isInTurns what devices do is the caller's then: a hart that would have one do something waits until the turns are over
 */
export function busFunctions(bus: Bus, buffer: ArrayBuffer, isInTurns: () => boolean) {
  const words = new Int32Array(buffer, 0, map.HARTS / 4);
  const fetched = new Uint8Array(buffer, map.FETCH_BUFFER, pageByteCount);
  return {
    busRead: (hart: number, address: number, size: number): bigint => {
      const value = bus.read(hart, address, size, isInTurns());
      if (typeof value === 'bigint') {
        words[busStatusWord] = BUS_OK;
        return value;
      }
      words[busStatusWord] = value === 'fault' ? BUS_FAULT : BUS_RETRY;
      return 0n;
    },
    busWrite: (hart: number, address: number, size: number, value: bigint): void => {
      if (isInTurns()) {
        words[busStatusWord] = BUS_RETRY;
        return;
      }
      const status = bus.write(hart, address, size, BigInt.asUintN(size * 8, value));
      if (typeof status === 'object') {
        const offset = status.physicalAddress - ramBase;
        words[map.FAULT_PAGE / 4] = Math.floor(offset / pageByteCount);
        words[map.FAULT_OFFSET / 4] = offset % pageByteCount;
        words[busStatusWord] = map.BUS_WRITE_FAULT;
        return;
      }
      words[busStatusWord] = status === 'ok' ? BUS_OK : status === 'fault' ? BUS_FAULT : BUS_RETRY;
    },
    busFetch: (address: number): number => {
      const bytes = bus.fetch(address);
      if (bytes === undefined) return 0;
      fetched.set(bytes.subarray(0, 2));
      return bytes.length;
    },
  };
}
