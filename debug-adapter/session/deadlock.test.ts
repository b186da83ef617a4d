import assert from 'node:assert/strict';
import type { WaitsFor } from '../debuggee/stop';
import { deadlockText, deadlockTitle } from './deadlock';

describe('a deadlock is told', () => {
  const cases: { readonly of: string; readonly waits: WaitsFor[]; readonly title: string; readonly text: string }[] = [
    {
      of: 'a thread that waits for itself',
      waits: [
        { thread: 'migration', resource: 'uffd: page 0x80011', heldBy: 'migration' },
        { thread: 'main loop', resource: 'the BQL', heldBy: 'migration' },
        { thread: 'hart 0', resource: 'vm_start', idle: true },
      ],
      title: 'Deadlock: migration waits for itself',
      text:
        'migration waits for uffd: page 0x80011, held by itself\n' +
        'main loop waits for the BQL, held by migration\n' +
        'hart 0 waits for vm_start',
    },
    {
      of: 'two threads that wait for each other',
      waits: [
        { thread: 'a', resource: 'lock x', heldBy: 'b' },
        { thread: 'b', resource: 'lock y', heldBy: 'a' },
        { thread: 'c', resource: 'lock y', heldBy: 'a' },
      ],
      title: 'Deadlock: a → b → a',
      text: 'a waits for lock x, held by b\nb waits for lock y, held by a\nc waits for lock y, held by a',
    },
    {
      of: 'a thread that nobody is left to wake',
      waits: [{ thread: 'hart 0', resource: 'uffd: page 0x80011' }],
      title: 'Deadlock: hart 0 waits for good',
      text: 'hart 0 waits for uffd: page 0x80011, which no thread is left to end',
    },
  ];
  for (const { of, waits, title, text } of cases) {
    it(`of ${of}`, () => {
      assert.equal(deadlockTitle(waits), title);
      assert.equal(deadlockText(waits), text);
    });
  }
});
