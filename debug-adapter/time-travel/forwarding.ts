import type { Debuggee } from '../debuggee/debuggee';

/** What is asked of a debuggee at rest, asked of another one. */
export abstract class Forwarding {
  protected abstract get debuggee(): Debuggee;

  get abilities(): Debuggee['abilities'] {
    return this.debuggee.abilities;
  }

  get sources(): Debuggee['sources'] {
    return this.debuggee.sources;
  }

  get guestSource(): Debuggee['guestSource'] {
    return this.debuggee.guestSource;
  }

  get checkpoints(): Debuggee['checkpoints'] {
    return this.debuggee.checkpoints;
  }

  get pages(): Debuggee['pages'] {
    return this.debuggee.pages;
  }

  breakableLine(...[file, line]: Parameters<Debuggee['breakableLine']>) {
    return this.debuggee.breakableLine(file, line);
  }

  symbolAddress(name: string) {
    return this.debuggee.symbolAddress(name);
  }

  functionEntry(address: bigint) {
    return this.debuggee.functionEntry(address);
  }

  symbolNames(...[prefix, countMax]: Parameters<Debuggee['symbolNames']>) {
    return this.debuggee.symbolNames(prefix, countMax);
  }

  nearestSymbol(address: bigint) {
    return this.debuggee.nearestSymbol(address);
  }

  threads() {
    return this.debuggee.threads();
  }

  stack(thread: string) {
    return this.debuggee.stack(thread);
  }

  scopes(...[thread, frame]: Parameters<Debuggee['scopes']>) {
    return this.debuggee.scopes(thread, frame);
  }

  names(...[thread, frame]: Parameters<Debuggee['names']>) {
    return this.debuggee.names(thread, frame);
  }

  readMemory(...[thread, address, byteCount]: Parameters<Debuggee['readMemory']>) {
    return this.debuggee.readMemory(thread, address, byteCount);
  }

  physicalAddress(...[thread, address]: Parameters<Debuggee['physicalAddress']>) {
    return this.debuggee.physicalAddress(thread, address);
  }

  readPhysicalMemory(...[address, byteCount]: Parameters<Debuggee['readPhysicalMemory']>) {
    return this.debuggee.readPhysicalMemory(address, byteCount);
  }

  disassemble(...[address, instructionOffset, count]: Parameters<Debuggee['disassemble']>) {
    return this.debuggee.disassemble(address, instructionOffset, count);
  }

  writeFaults(pc: bigint) {
    return this.debuggee.writeFaults(pc);
  }

  pageAtFreeze(...[of]: Parameters<Debuggee['pageAtFreeze']>) {
    return this.debuggee.pageAtFreeze(of);
  }

  pageOfStop(...[stop]: Parameters<Debuggee['pageOfStop']>) {
    return this.debuggee.pageOfStop(stop);
  }

  status() {
    return this.debuggee.status();
  }

  stateHash() {
    return this.debuggee.stateHash();
  }
}
