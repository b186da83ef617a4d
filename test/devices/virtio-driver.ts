import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { type Access, dataOffset, read, write } from './register-script';

/** Where slots are: the first device is in the last. */
export const slotBase = (index: number): number => 0x1000_8000 - 0x1000 * index;

const deviceByteCount = 0x4_0000;
const queueByteCount = 0x3000;
const pageByteCount = 4096;

/** Of a queue of up to 128 entries. */
export function usedRing(device: number, queue: number): number {
  return ramBase + dataOffset + device * deviceByteCount + queue * queueByteCount + pageByteCount;
}

interface Buffer {
  readonly bytes: Uint8Array;
  /** The device writes it. */
  readonly isAnswer?: boolean;
}

export interface DrivenQueue {
  readonly size: number;
  readonly requests: readonly (readonly Buffer[])[];
}

interface DrivenDevice {
  readonly accesses: readonly Access[];
  /** Rings and buffers, for `dataOffset` of a script. */
  readonly data: Uint8Array;
}

/**
 * A legacy driver that accepts `features`, sets up the queues with all their requests in them and notifies each.
 * @param index of the device; each has data of its own
 */
export function drive(index: number, features: number, queues: readonly DrivenQueue[]): DrivenDevice {
  const slot = slotBase(index);
  const data = new Uint8Array(queues.length * queueByteCount);
  const start = dataOffset + index * deviceByteCount;
  const view = new DataView(data.buffer);
  const accesses: Access[] = [write(slot + 0x70, 4, 1), write(slot + 0x70, 4, 3), write(slot + 0x28, 4, pageByteCount)];
  accesses.push(read(slot + 0x10, 4), write(slot + 0x24, 4, 0), write(slot + 0x20, 4, features));
  queues.forEach(({ size, requests }, queue) => {
    const table = queue * queueByteCount;
    const available = table + 16 * size;
    let descriptor = 0;
    let buffer = table + 0x2000;
    requests.forEach((buffers, number) => {
      view.setUint16(available + 4 + 2 * number, descriptor, true);
      buffers.forEach(({ bytes, isAnswer }, position) => {
        const isLast = position === buffers.length - 1;
        const at = table + 16 * descriptor++;
        data.set(bytes, buffer);
        view.setBigUint64(at, BigInt(ramBase + start + buffer), true);
        view.setUint32(at + 8, bytes.length, true);
        view.setUint16(at + 12, (isLast ? 0 : 1) | (isAnswer ? 2 : 0), true);
        view.setUint16(at + 14, isLast ? 0 : descriptor, true);
        buffer += Math.ceil(bytes.length / 16) * 16;
      });
    });
    view.setUint16(available + 2, requests.length, true);
    const pageFrame = (ramBase + start + table) / pageByteCount;
    for (const [offset, value] of [
      [0x30, queue],
      [0x38, size],
      [0x3c, pageByteCount],
      [0x40, pageFrame],
    ] as const) {
      accesses.push(write(slot + offset, 4, value));
    }
  });
  accesses.push(write(slot + 0x70, 4, 7));
  queues.forEach((_, queue) => {
    accesses.push(write(slot + 0x50, 4, queue));
  });
  return { accesses, data };
}

/** One script's data from that of several devices, in order of their indices. */
export function dataOf(devices: readonly DrivenDevice[]): Uint8Array {
  const bytes = new Uint8Array(devices.length * deviceByteCount);
  devices.forEach(({ data }, index) => {
    bytes.set(data, index * deviceByteCount);
  });
  return bytes;
}
