import assert from 'node:assert/strict';
import { Plic } from './plic';

const enable = (context: number): number => 0x2000 + 0x80 * context;
const threshold = (context: number): number => 0x20_0000 + 0x1000 * context;
const claim = (context: number): number => threshold(context) + 4;

describe('PLIC', () => {
  let plic: Plic;
  beforeEach(() => {
    plic = new Plic(4, () => {});
    for (const source of [10, 11, 40]) plic.write(4 * source, 4, 1n);
    plic.write(enable(1), 4, (1n << 10n) | (1n << 11n));
    plic.write(enable(1) + 4, 4, 1n << 8n);
  });

  it('raises the contexts that enabled the source, and no other', () => {
    plic.setSource(10, true);
    assert.deepEqual(
      [0, 1, 2, 3].map((context) => plic.output(context)),
      [false, true, false, false],
    );
  });

  it('keeps a request until it is claimed, though its wire has fallen', () => {
    plic.setSource(10, true);
    plic.setSource(10, false);
    assert.equal(plic.output(1), true);
    assert.equal(plic.read(claim(1), 4), 10n);
    assert.equal(plic.read(0x1000, 4), 0n);
  });

  it('gives a source to one claim only', () => {
    plic.setSource(10, true);
    assert.equal(plic.read(claim(1), 4), 10n);
    assert.equal(plic.read(claim(1), 4), 0n);
    assert.equal(plic.output(1), false);
  });

  it('does not look at the wire on completion', () => {
    plic.setSource(10, true);
    plic.read(claim(1), 4);
    plic.write(claim(1), 4, 10n);
    assert.equal(plic.output(1), false);
  });

  it('keeps a request that comes while its source is claimed until the completion', () => {
    plic.setSource(10, true);
    plic.read(claim(1), 4);
    plic.setSource(10, true);
    assert.deepEqual([plic.output(1), plic.read(0x1000, 4)], [false, 1n << 10n]);
    plic.write(claim(1), 4, 10n);
    assert.equal(plic.output(1), true);
  });

  it('takes a completion from any context', () => {
    plic.setSource(10, true);
    plic.read(claim(1), 4);
    plic.setSource(10, true);
    plic.write(claim(0), 4, 10n);
    assert.equal(plic.output(1), true);
  });

  it('hears of a written enable bit at the next request, or at the next access to anything else', () => {
    plic.write(enable(1), 4, 0n);
    plic.setSource(10, true);
    plic.write(enable(1), 4, 1n << 10n);
    assert.equal(plic.output(1), false);
    plic.write(threshold(1), 4, 0n);
    assert.equal(plic.output(1), true);
    plic.write(enable(1), 4, 0n);
    assert.equal(plic.output(1), true);
    assert.equal(plic.read(claim(1), 4), 0n);
    assert.equal(plic.output(1), false);
  });

  it('claims by priority, then by lowest number', () => {
    plic.write(4 * 40, 4, 5n);
    for (const source of [11, 40, 10]) plic.setSource(source, true);
    const claims = [0, 1, 2, 3].map(() => plic.read(claim(1), 4));
    assert.deepEqual(claims, [40n, 10n, 11n, 0n]);
  });

  it('holds back what is not above the threshold', () => {
    plic.write(threshold(1), 4, 1n);
    plic.setSource(10, true);
    assert.equal(plic.output(1), false);
    plic.write(threshold(1), 4, 0n);
    assert.equal(plic.output(1), true);
  });

  it('never interrupts with priority 0', () => {
    plic.write(4 * 10, 4, 0n);
    plic.setSource(10, true);
    assert.equal(plic.output(1), false);
  });

  it('has sources 1 to 96', () => {
    for (const source of [0, 1, 96, 97]) plic.write(4 * source, 4, 7n);
    assert.deepEqual(
      [0, 1, 96, 97].map((source) => plic.read(4 * source, 4)),
      [0n, 7n, 7n, 0n],
    );
  });

  it('shows pending bits and refuses to have them written', () => {
    plic.setSource(40, true);
    plic.write(0x1004, 4, 0n);
    assert.equal(plic.read(0x1004, 4), 1n << 8n);
  });

  it('decodes words only', () => {
    assert.equal(plic.read(40, 8), 'fault');
    assert.equal(plic.write(41, 4, 1n), 'fault');
    assert.equal(plic.read(0x3_0000, 4), 0n);
  });

  it('restores what it saved', () => {
    plic.setSource(11, true);
    plic.read(claim(1), 4);
    plic.setSource(40, true);
    const other = new Plic(4, () => {});
    other.restore(plic.save());
    assert.deepEqual(other.save(), plic.save());
    assert.equal(other.output(1), true);
  });

  it('restores a request of a source that is claimed', () => {
    plic.setSource(10, true);
    plic.read(claim(1), 4);
    plic.setSource(10, true);
    const state = plic.save();
    assert.deepEqual([state.pending[0], state.claimed[0]], [1 << 10, 1 << 10]);
    plic.restore(state);
    assert.equal(plic.output(1), false);
    plic.write(claim(1), 4, 10n);
    assert.equal(plic.read(claim(1), 4), 10n);
  });

  it('has its requests from the state alone at a restore, whatever was raised before', () => {
    const state = plic.save();
    plic.setSource(11, true);
    plic.restore(state);
    assert.equal(plic.output(1), false);
  });
});
