import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PciHost } from '../../debug-adapter/emulator/devices/pci-host';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import type { HartState } from '../../debug-adapter/emulator/machine/hart-state';
import type { MachineState } from '../../debug-adapter/emulator/machine/machine-state';
import { deviceSections, type MachineMoment, machineStateFrom } from '../../debug-adapter/emulator/machine/sections';
import { virtBoard } from '../../debug-adapter/emulator/machine/virt-layouts';
import { ByteSink } from '../../debug-adapter/vmstate/byte-sink';
import { descriptionText } from '../../debug-adapter/vmstate/description';
import type { DeviceState, FieldValue } from '../../debug-adapter/vmstate/device-state';
import { readStreamFile } from '../../debug-adapter/vmstate/file-reader';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeDeviceState,
  writeEndOfRam,
  writeHeader,
  writePage,
  writeZeroPage,
} from '../../debug-adapter/vmstate/stream-writer';
import { restoredBench } from '../snapshot/harness';
import { runToEnd } from '../snapshot/snapshot-guest';
import { Qemu } from './qemu';

const ramByteCount = 64 * 2 ** 20;
const pageByteCount = 4096;
const ramBase = 0x8000_0000n;

/** Prints the letter in a1 for ever, waiting for the UART in a0; counts in a2. */
const printer = [
  0x00554283, // loop: lbu t0, 5(a0)     LSR
  0x0202f293, //       andi t0, t0, 0x20 THRE
  0xfe028ce3, //       beqz t0, loop
  0x00b50023, //       sb a1, 0(a0)
  0x00160613, //       addi a2, a2, 1
  0xfedff06f, //       j loop
];

/** Waits in WFI and prints the letter in a1 each time the machine timer interrupt ended the wait, as a poller. */
const sleeper = [
  0x10500073, // loop: wfi
  0x00b50023, //       sb a1, 0(a0)
  0xff9ff06f, //       j loop
];

const idleUart = {
  ier: 0,
  iir: 1,
  lcr: 3,
  mcr: 0,
  lsr: 0x60,
  msr: 0xb0,
  scr: 0,
  fcr: 0,
  divider: 12,
  rbr: 0,
  receiveFifo: [],
  timeoutPending: false,
  timeoutNs: undefined,
  thrInterruptPending: false,
};

function hart(registers: Readonly<Record<number, bigint>>, csrs: Iterable<readonly [number, bigint]> = []): HartState {
  return {
    x: Array.from({ length: 32 }, (_, index) => registers[index] ?? 0n),
    f: Array.from({ length: 32 }, (_, index) => 0x3ff0000000000001n * BigInt(index % 2) + BigInt(index)),
    pc: ramBase,
    privilege: 3,
    halted: false,
    reservation: undefined,
    csrs: new Map(csrs),
  };
}

function machine(harts: readonly HartState[], parts: Partial<MachineState> = {}): MachineState {
  return {
    harts,
    clint: { msip: harts.map(() => false), mtimecmp: harts.map(() => 0xffff_ffff_ffff_ffffn), timeDelta: 0n },
    plic: {
      priorities: new Array(97).fill(0),
      pending: [0, 0, 0],
      claimed: [0, 0, 0],
      enables: Array.from({ length: 2 * harts.length }, () => [0, 0, 0]),
      thresholds: new Array(2 * harts.length).fill(0),
    },
    uart: idleUart,
    rtc: {
      tickOffset: 0n,
      alarmNext: 0n,
      alarmRunning: false,
      irqPending: false,
      irqEnabled: false,
      timeHigh: 0,
    },
    pci: new PciHost().save(),
    fwCfg: { current: 0, offset: 0, dmaAddress: 0n },
    flash: [0, 1].map(() => ({ cycle: 0, command: 0, status: 0x80, counter: 0n, buffer: undefined })),
    ...parts,
  };
}

/** A whole stream: the program at RAM's first page, all other pages zero. */
function stream(program: readonly number[], devices: readonly DeviceState[]): Uint8Array {
  const out = new ByteSink();
  const ramId = 2;
  writeHeader(out);
  writeConfiguration(out, 'virt');
  beginSection(out, { type: 'start', id: ramId, name: 'ram', instanceId: 0, version: 4 });
  writeBlockList(out, [{ name: 'riscv_virt_board.ram', byteCount: ramByteCount }]);
  writeEndOfRam(out);
  endSection(out, ramId);
  beginSection(out, { type: 'end', id: ramId });
  const page = new Uint8Array(pageByteCount);
  page.set(new Uint8Array(Uint32Array.from(program).buffer));
  writePage(out, { block: 'riscv_virt_board.ram', offset: 0 }, page);
  for (let offset = pageByteCount; offset < ramByteCount; offset += pageByteCount) {
    writeZeroPage(out, { block: undefined, offset });
  }
  writeEndOfRam(out);
  endSection(out, ramId);
  writeDeviceState(out, devices, ramId + 1);
  return out.bytes();
}

/** Starts a QEMU from the stream and ends it after `use`. */
async function restored<T>(bytes: Uint8Array, harts: number, use: (qemu: Qemu) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'freezeframe-restore-'));
  try {
    const path = join(directory, 'stream');
    await writeFile(path, bytes);
    const qemu = await Qemu.start([
      ...['-m', '64M', '-smp', String(harts), '-bios', 'none'],
      ...['-incoming', `exec:cat ${path}`],
    ]);
    try {
      return await use(qemu);
    } finally {
      await qemu.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Restores by QEMU, without letting a guest instruction run, and reads what QEMU then writes itself. */
async function throughQemu(state: MachineState, moment: MachineMoment) {
  return restored(stream(printer, deviceSections(state, moment)), state.harts.length, async (qemu) => {
    await qemu.until(async () => (await status(qemu)) === 'paused', 'paused machine');
    const bytes = await readFile(await qemu.migrate('precopy'));
    const devices: DeviceState[] = [];
    readStreamFile(
      { byteCount: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) },
      (record) => {
        if (record.kind === 'device') devices.push({ ...record.section, state: record.state });
      },
      { board: virtBoard },
    );
    return { devices, ...machineStateFrom(devices) };
  });
}

/** The device with one field's value replaced, if it has that field. */
function withField(device: DeviceState, name: string, value: FieldValue): DeviceState {
  const { layout, fields } = device.state;
  const replaced = fields.map((old, index) => (layout.fields[index]!.name === name ? value : old));
  return { ...device, state: { ...device.state, fields: replaced } };
}

/** In ticks of 100 ns, as the CLINT has it. */
async function mtimeOf(qemu: Qemu): Promise<bigint> {
  const answer = await qemu.execute('human-monitor-command', { 'command-line': 'xp /1gx 0x200bff8' });
  return BigInt(/: (0x[0-9a-f]+)/.exec(String(answer))![1]!);
}

async function status(qemu: Qemu): Promise<string> {
  return ((await qemu.execute('query-status')) as { status: string }).status;
}

describe('a real QEMU', () => {
  it('restores a stream of ours and runs on from it', async () => {
    const letter = 'F';
    // With accrued exceptions, which stand where QEMU does not look.
    const guest = hart({ 10: 0x1000_0000n, 11: BigInt(letter.charCodeAt(0)) }, [[0x001, 0x11n]]);
    const devices = deviceSections(machine([guest]), { virtualClockNs: 123_456_700, runState: 'running' });
    await restored(stream(printer, devices), 1, async (qemu) => {
      await qemu.printed(letter.repeat(1000));
      assert.match(qemu.console, /^F+$/);
      assert.equal(await status(qemu), 'running');
    });
  });

  it('keeps a restored machine paused that was paused', async () => {
    const devices = deviceSections(machine([hart({})]), { virtualClockNs: 0, runState: 'paused' });
    await restored(stream(printer, devices), 1, async (qemu) => {
      await qemu.until(async () => (await status(qemu)) === 'paused', 'paused machine');
      assert.equal(qemu.console, '');
    });
  });

  it('wakes a hart that waits for mtimecmp only because its interrupt is raised', async () => {
    const mie = 0x304;
    const guest = { ...hart({ 10: 0x1000_0000n, 11: 0x57n }, [[mie, 0x80n]]), halted: true };
    const mtimecmp = 1_000_000n;
    const state = machine([guest], { clint: { msip: [false], mtimecmp: [mtimecmp], timeDelta: 0n } });
    /** By the guest's own clock, a second after the timer has expired at the latest. */
    const isAwakeOrSleepsOn = async (qemu: Qemu) =>
      qemu.console.length > 0 || (await mtimeOf(qemu)) > mtimecmp + 10_000_000n;
    const devices = deviceSections(state, { virtualClockNs: 0, runState: 'running' });
    const printedWith = (sections: readonly DeviceState[]) =>
      restored(stream(sleeper, sections), 1, async (qemu) => {
        await qemu.until(async () => (await status(qemu)) === 'running', 'running machine');
        await qemu.until(() => isAwakeOrSleepsOn(qemu), 'second of the guest');
        return qemu.console.slice(0, 1);
      });
    assert.equal(await printedWith(devices), 'W');
    const asTheyWere = devices.map((device) =>
      device.name === 'cpu' ? withField(device, 'env.mip', 0n) : withField(device, 'interrupt_request', 0),
    );
    assert.equal(await printedWith(asTheyWere), '', 'QEMU arms mtimecmp at a restore: nothing need be raised any more');
  });

  it('lets an SC store whose LR came before the snapshot, if RAM still holds what that read; so does this machine', async () => {
    const afterLr = ['sc.w a1,a2,(a3)', 'addi a1,a1,48', 'sb a1,0(a0)', 'jal zero,0'].map(assemble);
    const address = ramBase + 0x800n;
    for (const [value, failed] of [
      [0n, '0'],
      [1n, '1'],
    ] as const) {
      const guest = { ...hart({ 10: 0x1000_0000n, 13: address }), reservation: { address, value } };
      const bytes = stream(afterLr, deviceSections(machine([guest]), { virtualClockNs: 0, runState: 'running' }));
      const ours = await restoredBench(bytes, { trigger: { kind: 'instructions', count: 10 } });
      await runToEnd(ours, 'completed');
      assert.equal(ours.console(), failed);
      await restored(bytes, 1, (qemu) => qemu.printed(failed));
    }
  });

  it('has the triggers of a stream, but arms none of them before it is written anew; this machine does', async () => {
    const address = ramBase + 0x800n;
    const loads = ['lw a2,0(a3)', 'sb a1,0(a0)', 'jal zero,0'];
    const handler = ['addi a1,zero,116', 'sb a1,0(a0)', 'jal zero,0'];
    const program = [...loads, ...handler].map(assemble);
    const armed = { tdata1: (2n << 60n) | 0x41n, tdata2: address };
    const guest = {
      ...hart({ 10: 0x1000_0000n, 11: 0x2dn, 13: address }, [[0x305, ramBase + 4n * BigInt(loads.length)]]),
      triggers: { selected: 1, triggers: [{ tdata1: 2n << 60n, tdata2: 0n }, armed] },
    };
    const bytes = stream(program, deviceSections(machine([guest]), { virtualClockNs: 0, runState: 'running' }));
    const ours = await restoredBench(bytes, { trigger: { kind: 'instructions', count: 10 } });
    await runToEnd(ours, 'completed');
    assert.equal(ours.console(), 't');
    await restored(bytes, 1, (qemu) => qemu.printed('-'));
  });

  it('writes the state that it was given', async () => {
    const csrs: [number, bigint][] = [
      [0x002, 3n],
      [0x105, 0x8000_1000n],
      [0x106, 7n],
      [0x10a, 0n],
      [0x140, 0x1111n],
      [0x141, 0x8000_2000n],
      [0x142, 0x8000_0000_0000_0005n],
      [0x143, 0x2222n],
      [0x180, 0x8000_0000_0008_0003n],
      [0x300, 0xa_0000_1880n],
      [0x301, 0x8000_0000_0014_1105n],
      [0x302, 0xb109n],
      [0x303, 0x222n],
      [0x304, 0x2aan],
      [0x305, 0x8000_3000n],
      [0x306, 5n],
      [0x320, 4n],
      [0x340, 0x3333n],
      [0x341, 0x8000_4000n],
      [0x342, 11n],
      [0x343, 0x4444n],
      [0x344, 0x20n],
      [0x3a0, 0x1f18n],
      [0x3b0, 0x2000_0fffn],
      [0x3b1, 0x3f_ffff_ffff_ffffn],
    ];
    const registers = Object.fromEntries(
      Array.from({ length: 31 }, (_, i) => [i + 1, 0x1234_5678_9abc_def0n * BigInt(i + 1)]),
    );
    const harts = [0, 1].map((index) => ({
      ...hart({}, csrs),
      x: hart(registers).x.map((value) => BigInt.asUintN(64, value + (value && BigInt(index)))),
      privilege: 1 - index,
      reservation: index === 0 ? { address: 0x8000_0040n, value: 0xffff_ffff_8765_4321n } : undefined,
      triggers: {
        selected: 1 - index,
        triggers: [
          { tdata1: 0x2000_0000_0001_004fn, tdata2: 0x8000_5000n + BigInt(index) },
          { tdata1: 0x6000_0000_0185_0019n, tdata2: 0xffff_ffff_ffff_fff8n },
        ],
      },
    }));
    const state = machine(harts, {
      clint: { msip: [false, true], mtimecmp: [5_000_000_000n, 0xffff_ffff_ffff_ffffn], timeDelta: 0n },
      plic: {
        priorities: Array.from({ length: 97 }, (_, source) => (source < 96 ? source % 8 : 0)),
        pending: [0x400, 0, 0x8000_0000],
        claimed: [0, 1, 0],
        enables: [
          [0x400, 0, 0],
          [0x400, 1, 0],
          [0, 0, 0x8000_0000],
          [0xffff_fffe, 0xffff_ffff, 7],
        ],
        thresholds: [0, 1, 2, 7],
      },
      flash: [
        {
          cycle: 2,
          command: 0xe8,
          status: 0x80,
          counter: 3n,
          buffer: { offset: 0x1000, bytes: Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff) },
        },
        { cycle: 0, command: 0x90, status: 0xa0, counter: 0n, buffer: undefined },
      ],
      fwCfg: { current: 0x19, offset: 5, dmaAddress: 0x1234_5678_0000_0000n },
      uart: {
        ...idleUart,
        ier: 3,
        iir: 0xcc,
        fcr: 1,
        scr: 0x5a,
        lsr: 0x61,
        receiveFifo: [0x68, 0x69],
        timeoutPending: true,
        timeoutNs: 1e12,
        thrInterruptPending: true,
      },
    });
    state.pci.rootConfig[0x04] = 0x07;
    state.pci.rootConfig[0x50] = 0x5a;
    const moment = { virtualClockNs: 9_876_543_210, runState: 'paused' };
    const back = await throughQemu(state, moment);

    assert.equal(back.virtualClockNs, moment.virtualClockNs);
    assert.equal(back.runState, moment.runState);
    assert.deepEqual(back.state.clint, state.clint);
    assert.deepEqual(back.state.plic, state.plic);
    assert.deepEqual(back.state.flash, state.flash);
    assert.deepEqual(back.state.pci, state.pci);
    assert.deepEqual(back.state.fwCfg, state.fwCfg);
    assert.deepEqual(back.state.uart, state.uart);
    back.state.harts.forEach((hart, index) => {
      const { csrs, ...rest } = hart;
      const { csrs: given, ...restGiven } = harts[index]!;
      assert.deepEqual(rest, restGiven);
      for (const [csr, value] of given) {
        const msip = csr === 0x344 && index === 1 ? 8n : 0n;
        assert.equal(csrs.get(csr), value | msip, `CSR 0x${csr.toString(16)} of hart ${index}`);
      }
    });
    // Subsections that a capture of an idle machine never shows: QEMU's description of them is ours too.
    const ours = JSON.parse(descriptionText(pageByteCount, deviceSections(state, moment))).devices;
    const theirs = JSON.parse(descriptionText(pageByteCount, back.devices)).devices as { name: string }[];
    assert.deepEqual(
      theirs.find(({ name }) => name === 'serial'),
      ours.find(({ name }: { name: string }) => name === 'serial'),
    );
  });
});
