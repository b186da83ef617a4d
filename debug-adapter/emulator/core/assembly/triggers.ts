// The triggers of the debug specification (version 1.0, chapter 5): match an address exactly, in chosen modes, and raise a
// breakpoint exception before the instruction. Of its fields as many as QEMU 7.2 has: match, chain, action, hit and
// select are always 0.
import {
  EXECUTE_TRIGGER_COUNT, HART, HART_BYTES, HART_COUNT, HART_TRIGGERS, HART_TSELECT, HARTS, TRIGGER_BYTES, TRIGGER_COUNT,
} from '../memory-map';
import { hartState, privilege, setHartState } from './traps';

/** Fields `load`, `store` and `execute` of mcontrol and mcontrol6. */
export const TRIGGER_LOAD: u64 = 1;
export const TRIGGER_STORE: u64 = 2;
const TRIGGER_EXECUTE: u64 = 4;
const TRIGGER_ACCESS: u64 = TRIGGER_LOAD | TRIGGER_STORE;
/** `u`, `s` and `m`, each at this bit plus its mode's number. */
const MODES_SHIFT: u64 = 3;
const MODES: u64 = 0b1011 << 3;
/** `vu` and `vs` of mcontrol6 are kept, although no mode is theirs. */
const VIRTUAL_MODES: u64 = 3 << 23;

const MCONTROL: u64 = 2;
const MCONTROL6: u64 = 6;
/** What both triggers are out of reset: of type 2, and match nothing. */
export const TDATA1_AT_RESET: u64 = MCONTROL << 60;
/** A bit each type. */
export const TINFO: u64 = (1 << MCONTROL) | (1 << MCONTROL6);

// @ts-ignore: decorator
@inline function trigger(hart: usize, index: u32): usize { return hart + HART_TRIGGERS + <usize>index * TRIGGER_BYTES; }
// @ts-ignore: decorator
@inline function selected(): usize { return trigger(<usize>load<u32>(HART), <u32>hartState(HART_TSELECT)); }

export function resetTriggers(): void {
  for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
    store<u64>(trigger(<usize>load<u32>(HART), index), TDATA1_AT_RESET);
  }
  countExecuteTriggers();
}

export function writeTselect(value: u64): void {
  if (value < TRIGGER_COUNT) setHartState(HART_TSELECT, value);
}

export function readTdata1(): u64 {
  return load<u64>(selected());
}

export function readTdata2(): u64 {
  return load<u64>(selected(), 8);
}

/** What tdata1 holds after a write; one of a type that there is not changes nothing. */
export function legalTdata1(value: u64, old: u64): u64 {
  const type = value >> 60;
  if (type != MCONTROL && type != MCONTROL6) return old;
  const kept = MODES | TRIGGER_ACCESS | TRIGGER_EXECUTE | (type == MCONTROL6 ? VIRTUAL_MODES : 0);
  return (type << 60) | (value & kept) | (isSize(sizeOf(value)) ? value & sizeField(type) : 0);
}

/** Sets the selected trigger. */
export function setTrigger(tdata1: u64, tdata2: u64): void {
  store<u64>(selected(), tdata1);
  store<u64>(selected(), tdata2, 8);
  countExecuteTriggers();
}

/** It matches addresses of instructions, of code that may have been decoded without regard to it. */
export function matchesExecution(tdata1: u64): bool {
  return (tdata1 & TRIGGER_EXECUTE) != 0;
}

function countExecuteTriggers(): void {
  let count: u32 = 0;
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
      if (matchesExecution(load<u64>(trigger(HARTS + hart * HART_BYTES, index)))) count++;
    }
  }
  store<u32>(EXECUTE_TRIGGER_COUNT, count);
}

/** Any hart has a trigger for an instruction at this offset of a page. */
export function mayTriggerAt(offset: u32): bool {
  if (load<u32>(EXECUTE_TRIGGER_COUNT) == 0) return false;
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
      const at = trigger(HARTS + hart * HART_BYTES, index);
      if (matchesExecution(load<u64>(at)) && (load<u32>(at, 8) & 0xfff) == offset) return true;
    }
  }
  return false;
}

/** One fires before the instruction. */
export function triggersOnExecute(pc: u64): bool {
  if (load<u32>(EXECUTE_TRIGGER_COUNT) == 0) return false;
  for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
    const at = trigger(<usize>load<u32>(HART), index);
    const tdata1 = load<u64>(at);
    if (matchesExecution(tdata1) && isInMode(tdata1) && load<u64>(at, 8) == pc) return true;
  }
  return false;
}

/** One fires before the access to these virtual addresses: a load, a store or both. */
export function triggersOnAccess(address: u64, size: u32, access: u64): bool {
  for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
    const at = trigger(<usize>load<u32>(HART), index);
    const tdata1 = load<u64>(at);
    if ((tdata1 & access) != 0 && isInMode(tdata1) && meets(at, address, address + size - 1)) return true;
  }
  return false;
}

/** Accesses to the page must be seen. */
export function isTriggerPage(page: u64): bool {
  for (let index: u32 = 0; index < TRIGGER_COUNT; index++) {
    const at = trigger(<usize>load<u32>(HART), index);
    if ((load<u64>(at) & TRIGGER_ACCESS) != 0 && meets(at, page, page + 0xfff)) return true;
  }
  return false;
}

function isInMode(tdata1: u64): bool {
  return ((tdata1 >> (MODES_SHIFT + privilege())) & 1) != 0;
}

function meets(trigger: usize, first: u64, last: u64): bool {
  const tdata2 = load<u64>(trigger, 8);
  const end = tdata2 + <u64>byteCountOf(load<u64>(trigger)) - 1;
  return end >= tdata2 && tdata2 <= last && first <= end;
}

function sizeField(type: u64): u64 {
  return type == MCONTROL ? (3 << 16) | (3 << 21) : 15 << 16;
}

function sizeOf(tdata1: u64): u32 {
  if (tdata1 >> 60 == MCONTROL6) return <u32>(tdata1 >> 16) & 15;
  return (<u32>(tdata1 >> 16) & 3) | ((<u32>(tdata1 >> 21) & 3) << 2);
}

/** Any, 8, 16, 32 and 64 bits; not 48, nor the wider ones. */
function isSize(size: u32): bool {
  return size <= 3 || size == 5;
}

/** From tdata2 on: QEMU 7.2 takes the field for the number, where it is 1 for 8 bits, 2 for 16, 3 for 32 and 5 for 64. */
function byteCountOf(tdata1: u64): u32 {
  const size = sizeOf(tdata1);
  return size == 0 ? 8 : size;
}
