import assert from 'node:assert/strict';
import { Uart16550A } from './uart16550a';

const [data, ier, iir, lcr, mcr, lsr, msr, scr] = [0, 1, 2, 3, 4, 5, 6, 7];
const fcr = iir;

describe('16550A UART', () => {
  let sent: string;
  let level: boolean;
  /** How often it was raised, whatever it was before. */
  let raised: number;
  let nowNs: number;
  let uart: Uart16550A;
  const make = (): Uart16550A =>
    new Uart16550A(
      () => nowNs,
      (byte) => {
        sent += String.fromCharCode(byte);
      },
      (to) => {
        level = to;
        if (to) raised++;
      },
      () => {},
    );
  const read = (register: number): number => Number(uart.read(register, 1));
  const write = (register: number, value: number): void => void uart.write(register, 1, BigInt(value));
  const type = (text: string): void => uart.receive(new TextEncoder().encode(text), nowNs);
  beforeEach(() => {
    sent = '';
    level = false;
    raised = 0;
    nowNs = 0;
    uart = make();
  });

  it('sends what is written and is ready for more at once', () => {
    for (const char of 'ok') write(data, char.charCodeAt(0));
    assert.equal(sent, 'ok');
    assert.equal(read(lsr), 0x60);
  });

  it('starts as after a reset', () => {
    assert.deepEqual([ier, iir, lcr, mcr, lsr, msr, scr].map(read), [0, 1, 0, 8, 0x60, 0xb0, 0]);
  });

  it('reaches the divisor latch through DLAB', () => {
    write(lcr, 0x83);
    write(data, 0x34);
    write(ier, 0x12);
    assert.deepEqual([read(data), read(ier)], [0x34, 0x12]);
    write(lcr, 0x03);
    assert.equal(read(ier), 0);
    assert.equal(sent, '');
  });

  it('receives without FIFOs one byte at a time, losing none', () => {
    type('abc');
    const received = [];
    while (read(lsr) & 1) received.push(read(data));
    assert.equal(String.fromCharCode(...received), 'abc');
  });

  it('receives through the FIFO more than it holds, losing none', () => {
    write(fcr, 0x01);
    const text = 'x'.repeat(15) + 'y'.repeat(15);
    type(text);
    assert.equal(uart.save().receiveFifo.length, 16);
    let received = '';
    while (read(lsr) & 1) received += String.fromCharCode(read(data));
    assert.equal(received, text);
    assert.equal(read(lsr) & 2, 0);
  });

  it('interrupts for received data until it is read', () => {
    write(ier, 0x01);
    assert.equal(level, false);
    type('a');
    assert.equal(level, true);
    assert.equal(read(iir), 0x04);
    read(data);
    assert.equal(level, false);
    assert.equal(read(iir), 0x01);
  });

  it('tells the trigger level from a timeout in the FIFO, after four characters without another', () => {
    // 399,193 Hz / 40 and 10 bits a character: 1,002,021 ns in single precision.
    write(lcr, 0x83);
    write(data, 40);
    write(lcr, 0x03);
    write(fcr, 0x41); // trigger at 4
    write(ier, 0x01);
    type('ab');
    nowNs = 4_000_000;
    type('c');
    uart.advance(nowNs);
    assert.equal(read(iir), 0xc1);
    assert.equal(uart.timeoutNs, 8_008_084);
    uart.advance(8_008_083);
    assert.equal(level, false);
    uart.advance(8_008_084);
    assert.equal(read(iir), 0xcc);
    type('d');
    assert.equal(read(iir), 0xcc);
    read(data);
    assert.equal(read(iir), 0xc1);
    type('e');
    assert.equal(read(iir), 0xc4);
  });

  it('raises its wire anew at what QEMU looks at its interrupts for, and at nothing else', () => {
    write(ier, 0x02);
    assert.equal(raised, 1);
    write(ier, 0x02);
    write(scr, 1);
    write(lcr, 3);
    for (const register of [ier, lcr, mcr, lsr, msr, scr]) read(register);
    assert.equal(raised, 1);
    write(data, 0x41);
    assert.equal(raised, 2);
  });

  it('raises the transmit interrupt on enabling, and quiets it by an IIR read', () => {
    write(ier, 0x02);
    assert.equal(level, true);
    assert.equal(read(iir), 0x02);
    assert.equal(level, false);
    write(data, 0x41);
    assert.equal(level, true);
  });

  it('loops back what it sends in loopback mode', () => {
    write(mcr, 0x10);
    write(data, 0x5a);
    assert.equal(read(data), 0x5a);
    assert.equal(sent, '');
  });

  it('empties the FIFO when it is switched or reset', () => {
    write(fcr, 0x01);
    type('abc');
    write(fcr, 0x03);
    assert.equal(read(lsr) & 1, 0);
  });

  it('faults behind its eight registers', () => {
    assert.equal(uart.read(8, 1), 'fault');
    assert.equal(uart.write(8, 1, 0n), 'fault');
  });

  it('restores what it saved, and leaves its wire to the PLIC, which has its own state', () => {
    write(fcr, 0x01);
    write(ier, 0x01);
    write(scr, 0x77);
    type('abc');
    const state = uart.save();
    level = false;
    uart = make();
    uart.restore(state);
    assert.deepEqual(uart.save(), state);
    assert.equal(level, false);
    assert.equal(read(data), 0x61);
    assert.equal(state.receiveFifo.length, 3);
  });
});
