import { deepEqual, equal, rejects } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FromPageMap } from '../debug-adapter/protocol/page-map-messages';
import { HostLink } from './host-link';

const info = { page: 5, address: '0x80005000', block: 'riscv_virt_board.ram', state: 'dirty' };

function openLink() {
  const sent: FromPageMap[] = [];
  const updates: string[] = [];
  let receive = (_message: unknown) => {};
  const link = new HostLink(
    {
      post: (message) => void sent.push(message),
      listen: (listener) => {
        receive = listener;
        return () => {
          receive = () => {};
        };
      },
    },
    (update) => void updates.push(update.kind),
  );
  return { link, sent, updates, receive: (message: unknown) => receive(message) };
}

describe('the link to the extension host', () => {
  it('says that it is ready, and answers find their question', async () => {
    const { link, sent, receive } = openLink();
    const first = link.pageInfo({ block: 'ram', page: 4 });
    const second = link.pageInfo({ block: 'ram', page: 5 });
    deepEqual(sent, [
      { kind: 'ready' },
      { kind: 'page-info', id: 1, of: { block: 'ram', page: 4 } },
      { kind: 'page-info', id: 2, of: { block: 'ram', page: 5 } },
    ]);
    receive({ kind: 'page-info', id: 2, info });
    receive({ kind: 'no-answer', id: 1, message: 'the session is over' });
    deepEqual(await second, info);
    await rejects(first, /the session is over/);
  });

  it('closing rejects the questions that wait, and hears nothing more', async () => {
    const { link, updates, receive } = openLink();
    const waiting = link.pageInfo({ block: 'ram', page: 4 });
    link.dispose();
    await rejects(waiting, /closed/);
    receive({ kind: 'ended' });
    equal(updates.length, 0);
  });

  it('what is no message of ours is passed over', () => {
    const { updates, receive } = openLink();
    receive({ kind: 'pages', pages: {} });
    receive('ended');
    receive({ kind: 'ended' });
    deepEqual(updates, ['ended']);
  });
});
