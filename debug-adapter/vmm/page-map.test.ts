import assert from 'node:assert/strict';
import { bareMachine } from '../../test/snapshot/harness';
import { PageState } from '../protocol/page-states';
import { PageMap } from './page-map';

const migration = 0x80;

describe('page map', () => {
  const { core } = bareMachine({ program: { path: 'none', bytes: new Uint8Array(4) }, ramByteCount: 64 << 10 });
  const pages = new PageMap(core.pages);
  beforeEach(() => {
    core.pages.unprotectAll();
    pages.begin(migration, 0);
    core.pages.touchAll();
    core.pages.protectAll();
    pages.arm(migration, 1);
  });

  it('takes a page from protected over faulting to copied by a fault, and tells who did it and when', () => {
    pages.set(3, PageState.Faulting, 0, 7);
    pages.set(3, PageState.CopiedFault, migration, 9);
    assert.equal(pages.stateOf(3), PageState.CopiedFault);
    assert.deepEqual([core.pages.actors[3], core.pages.timesNs[3]], [migration, 9]);
  });

  it('refuses what no snapshot does to a page', () => {
    assert.throws(() => pages.set(3, PageState.SentAgain, migration, 2), /page 3: protected → sent again/);
    pages.set(3, PageState.CopiedScan, migration, 2);
    assert.throws(() => pages.set(3, PageState.Protected, migration, 3), /page 3: copied by scan → protected/);
    assert.throws(() => pages.arm(migration, 3), /→ protected/);
  });

  it('keeps a leaked page leaked until the next snapshot begins', () => {
    pages.set(3, PageState.Leaked, 0, 2);
    pages.set(3, PageState.CopiedScan, migration, 3);
    assert.equal(pages.stateOf(3), PageState.Leaked);
    core.pages.unprotectAll();
    pages.begin(migration, 4);
    assert.equal(pages.stateOf(3), PageState.Untracked);
  });

  it('begins anew, but for pages whose protection a cancelled snapshot has left behind', () => {
    core.pages.unprotect(3);
    pages.set(3, PageState.CopiedScan, migration, 2);
    pages.begin(migration, 3);
    assert.equal(pages.stateOf(3), PageState.Untracked);
    assert.equal(pages.stateOf(4), PageState.Protected);
  });

  it('leaves pages untracked that the kernel has passed over', () => {
    core.pages.unprotectAll();
    pages.begin(migration, 2);
    core.pages.protectAll();
    core.pages.unprotect(5);
    pages.arm(migration, 3);
    assert.deepEqual([pages.stateOf(4), pages.stateOf(5)], [PageState.Protected, PageState.Untracked]);
  });
});
