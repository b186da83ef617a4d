import assert from 'node:assert/strict';
import type { Environment } from './environment';
import { escapeKeysHelp } from './escape-keys';
import { typeInto } from './typing';

describe("what is typed at a guest's console", () => {
  it('goes to the guest key by key before a user is told so, who may press Ctrl-C at once', () => {
    const typed: number[] = [];
    let take: (bytes: Uint8Array) => void = () => assert.fail('the terminal still keeps its keys');
    const guest = { consoleInput: (bytes: Uint8Array) => typed.push(...bytes), pause() {} };
    const terminal: Pick<Environment, 'isInteractive' | 'onInput' | 'note'> = {
      isInteractive: true,
      onInput(taker) {
        take = taker;
        return { stop() {} };
      },
      note(text) {
        assert.equal(text, escapeKeysHelp);
        take(Buffer.from('\x03'));
      },
    };
    typeInto(guest, terminal as Environment, { from: undefined, takesPipe: true }).stop();
    assert.deepEqual(typed, [3]);
  });
});
