import assert from 'node:assert/strict';
import { echoPeer } from './echo-peer';

const guestMac = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const [guestIp, peerIp] = [
  [10, 0, 2, 15],
  [10, 0, 2, 2],
];

function arpRequest(sender: readonly number[], target: readonly number[]): Uint8Array {
  const head = [...new Array(6).fill(0xff), ...guestMac, 0x08, 0x06];
  return Uint8Array.from([...head, 0, 1, 8, 0, 6, 4, 0, 1, ...guestMac, ...sender, ...new Array(6).fill(0), ...target]);
}

/** Of big-endian half words: ones' complement, 0xffff when the checksum among them is right. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return total;
}

function ping(payload: readonly number[]): Uint8Array {
  const icmp = Uint8Array.from([8, 0, 0, 0, 0x12, 0x34, 0, 1, ...payload]);
  const checksum = 0xffff - sum(icmp);
  icmp.set([checksum >> 8, checksum & 0xff], 2);
  const ip = [0x45, 0, 0, 20 + icmp.length, 0, 0, 0, 0, 64, 1, 0, 0, ...guestIp!, ...peerIp!];
  return Uint8Array.from([2, 0, 0, 0, 0, 1, ...guestMac, 8, 0, ...ip, ...icmp]);
}

describe('the peer of the network device', () => {
  it('has whatever address is asked for, but not the asker’s own', () => {
    const [answer] = echoPeer(arpRequest(guestIp!, peerIp!));
    assert.deepEqual([...answer!.subarray(0, 6)], guestMac);
    assert.deepEqual([...answer!.subarray(20, 22)], [0, 2]);
    assert.deepEqual([...answer!.subarray(28, 32)], peerIp);
    assert.deepEqual([...answer!.subarray(38, 42)], guestIp);
    assert.deepEqual(echoPeer(arpRequest(guestIp!, guestIp!)), []);
    assert.deepEqual(echoPeer(arpRequest([0, 0, 0, 0], guestIp!)), []);
  });

  for (const payload of [[], [1, 2, 3], [0xff, 0xff, 0xff, 0xf7]]) {
    it(`sends a ping of ${payload.length} bytes back with a right checksum`, () => {
      const request = ping(payload);
      const [answer] = echoPeer(request);
      assert.deepEqual([...answer!.subarray(26, 34)], [...peerIp!, ...guestIp!]);
      assert.equal(answer![34], 0);
      assert.equal(sum(answer!.subarray(34)), 0xffff);
      assert.deepEqual(answer!.subarray(38), request.subarray(38));
    });
  }

  it('says nothing to anything else, nor to what is cut short', () => {
    const request = ping([1, 2, 3]);
    for (let length = 0; length < 42; length++) assert.deepEqual(echoPeer(request.subarray(0, length)), []);
    for (let length = 0; length < 42; length++) {
      assert.deepEqual(echoPeer(arpRequest(guestIp!, peerIp!).subarray(0, length)), []);
    }
    const changed = (at: number, byte: number) =>
      Uint8Array.from(request, (each, index) => (index === at ? byte : each));
    assert.deepEqual(echoPeer(changed(23, 17)), []);
    assert.deepEqual(echoPeer(changed(13, 0xdd)), []);
  });
});
