import assert from 'node:assert/strict';
import type { Hash, Host, InputFile, OutputReservation } from '../debuggee/host';
import { memoryFile } from '../debuggee/memory-file';
import { nowhere } from '../debuggee/nowhere';
import { imageHost, RememberingHost, recordedImages } from './images';

/** With state that nobody else can reach, as hosts of a platform may have. */
class PrivateHost implements Host {
  #turns = 0;

  readFile(): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.of(1, 2, 3));
  }

  openInput(): Promise<InputFile> {
    return Promise.reject(new Error('there is none'));
  }

  reserveOutput(): OutputReservation {
    return nowhere;
  }

  sha256(): Hash {
    return { update: () => this.sha256(), digest: () => 'digest' };
  }

  async nextTurn(): Promise<void> {
    this.#turns++;
  }

  async sleep(): Promise<void> {}

  now(): number {
    return this.#turns;
  }
}

describe('a host that remembers what it has read, or has the files of a recording', () => {
  for (const [name, of] of Object.entries({
    remembers: (host: Host) => new RememberingHost(host).host,
    'has those of a recording': (host: Host) => imageHost(host, [], 'a.freezeframe'),
  })) {
    it(`is all else that the platform's is: ${name}`, async () => {
      const host = of(new PrivateHost());
      await host.nextTurn();
      assert.equal(host.now(), 1);
    });
  }

  const sizes = { 'as large as is read whole': 64 << 20, 'larger than that': (64 << 20) + 1 };
  for (const [name, byteCount] of Object.entries(sizes)) {
    it(`keeps a file that the run goes on reading from, and notices its change, if it is ${name}`, async () => {
      let hasChanged = false;
      let isClosed = false;
      const host = new PrivateHost();
      host.openInput = async () => ({
        ...memoryFile(new Uint8Array(byteCount)),
        hasChanged: () => hasChanged,
        close: () => (isClosed = true),
      });
      const remembering = new RememberingHost(host);
      const isKept = byteCount > sizes['as large as is read whole'];
      const file = await remembering.openToKeep('disk');
      assert.equal(file.byteCount, byteCount);
      assert.equal(isClosed, !isKept);
      const record = () => recordedImages(remembering, ['disk'], undefined);
      assert.equal((await record()).get('disk')!.byteCount, byteCount);
      assert.equal(isClosed, !isKept);
      hasChanged = true;
      if (isKept) await assert.rejects(record(), /disk was changed while the run read from it/);
      else assert.equal((await record()).get('disk')!.sha256, 'digest');
    });
  }

  it('opens what it has read as it was', async () => {
    const remembering = new RememberingHost(new PrivateHost());
    await remembering.host.readFile('image', 10);
    assert.deepEqual((await remembering.open('image')).read(0, 3), Uint8Array.of(1, 2, 3));
  });
});
