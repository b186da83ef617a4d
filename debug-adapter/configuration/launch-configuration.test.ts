import assert from 'node:assert/strict';
import { correct } from '../vmm/what-if';
import { launchConfigurationSchema } from './json-schema';
import { parseLaunchConfiguration } from './launch-configuration';

function messageOf(value: unknown): string {
  try {
    parseLaunchConfiguration(value);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the configuration was taken');
}

describe('launch configuration', () => {
  it('needs nothing but a program', () => {
    const { program, ramByteCount, harts, nsPerInstruction, snapshot, stopOnEntry, console } = parseLaunchConfiguration(
      {
        type: 'freezeframe',
        request: 'launch',
        name: 'a guest',
        program: 'guest.elf',
      },
    );
    assert.equal(program, 'guest.elf');
    assert.deepEqual(
      [ramByteCount, harts, nsPerInstruction, stopOnEntry, console],
      [64 << 20, 1, 10, false, 'terminal'],
    );
    const capabilities = ['background-snapshot'];
    const maxBandwidth = 128 << 20;
    assert.deepEqual(snapshot, {
      when: 'command',
      output: 'snapshot.qemu',
      capabilities,
      maxBandwidth,
      downtimeLimitMs: 300,
      throttleTriggerThreshold: 50,
      cpuThrottleInitial: 20,
      cpuThrottleIncrement: 10,
      maxCpuThrottle: 99,
    });
  });

  it('waits for gdb on this machine only', () => {
    for (const gdb of ['tcp::1234', 'tcp:127.0.0.1:1234', 'tcp:localhost:1234'])
      assert.equal(parseLaunchConfiguration({ program: 'guest.elf', gdb }).gdb, gdb);
    for (const gdb of ['1234', 'tcp:0.0.0.0:1234', 'unix:/tmp/gdb', 1234])
      assert.match(messageOf({ program: 'guest.elf', gdb }), /`gdb` is .*; expected "tcp::PORT" such as "tcp::1234"\./);
    assert.match(messageOf({ qemu: {}, gdb: 'tcp::1234' }), /Leave out `gdb`: with `qemu`, it has no meaning\./);
  });

  it('takes each kind of virtio device once', () => {
    const configured = parseLaunchConfiguration({ program: 'guest.elf', virtio: ['net', 'rng'] });
    assert.deepEqual(configured.virtio, ['net', 'rng']);
    const list = /`virtio.*` is .*; expected a list of "rng", "console", "net", "balloon", or of objects such as .*\./;
    assert.match(messageOf({ program: 'guest.elf', virtio: ['disk'] }), list);
    assert.match(messageOf({ program: 'guest.elf', virtio: 'rng' }), list);
    assert.match(
      messageOf({ program: 'guest.elf', virtio: ['rng', 'rng'] }),
      /expected each kind of device at most once\./,
    );
  });

  it('takes the slot of a virtio device, and of the disk', () => {
    const virtio = [{ kind: 'block', slot: 0 }, 'net'];
    assert.deepEqual(parseLaunchConfiguration({ program: 'guest.elf', disk: 'disk.img', virtio }).virtio, virtio);
    assert.match(messageOf({ program: 'guest.elf', virtio }), /block device of `virtio` needs `disk`/);
    const twice = [
      { kind: 'rng', slot: 3 },
      { kind: 'net', slot: 3 },
    ];
    assert.match(messageOf({ program: 'guest.elf', virtio: twice }), /expected at most one device per slot\./);
    assert.match(messageOf({ program: 'guest.elf', virtioVersion: 3 }), /`virtioVersion` is 3; expected 1 or 2\./);
  });

  it('takes RAM in bytes, K, M and G', () => {
    const sizes = [1 << 20, '1024K', '2M', '1G'].map(
      (ram) => parseLaunchConfiguration({ program: 'p', ram }).ramByteCount,
    );
    assert.deepEqual(sizes, [1 << 20, 1 << 20, 2 << 20, 1 << 30]);
  });

  it('takes every way to say when the snapshot begins', () => {
    for (const when of [
      'start',
      'command',
      { instructions: 5 },
      { ms: 1.5 },
      { symbol: 'main' },
      { console: 'login:' },
    ]) {
      assert.deepEqual(parseLaunchConfiguration({ program: 'p', snapshot: { when } }).snapshot.when, when);
    }
  });

  it('explains each wrong field by its name, with what was found and what is expected', () => {
    const message = messageOf({ program: 'p', ram: '64Q', harts: 9, console: 'window', snapshot: { when: 'later' } });
    assert.match(message, /`ram` is "64Q"; expected a number of bytes/);
    assert.match(message, /`harts` is 9; expected a number from 1 to 8/);
    assert.match(message, /`console` is "window"; expected "terminal" or "debugConsole"/);
    assert.match(message, /`snapshot\.when` is "later"; expected "start", "command"/);
  });

  it('takes the parameters of a throttle within the ranges of QEMU', () => {
    const messageWith = (snapshot: object): string => messageOf({ program: 'p', snapshot });
    assert.match(messageWith({ cpuThrottleInitial: 0 }), /`snapshot\.cpuThrottleInitial` is 0; expected .* 1 to 99\./);
    assert.match(messageWith({ throttleTriggerThreshold: 101 }), /`snapshot\.throttleTriggerThreshold` is 101/);
    assert.match(messageWith({ downtimeLimitMs: -1 }), /`snapshot\.downtimeLimitMs` is -1/);
    assert.match(messageWith({ maxCpuThrottle: 19 }), /`snapshot\.maxCpuThrottle` is 19, less than .*, 20\./);
  });

  it('suggests the field that a misspelt one was meant to be', () => {
    assert.match(
      messageOf({ program: 'p', stoponentry: true }),
      /`stoponentry` is not known; did you mean `stopOnEntry`/,
    );
    assert.match(messageOf({ program: 'p', snapshot: { outptu: 'x' } }), /did you mean `snapshot\.output`/);
  });

  it('asks for nothing wrong unless it is told to, and names a misspelt what-if', () => {
    assert.deepEqual(parseLaunchConfiguration({ program: 'p' }).whatIf, correct);
    assert.equal(parseLaunchConfiguration({ program: 'p', whatIf: { populate: false } }).whatIf.populate, false);
    assert.match(messageOf({ program: 'p', whatIf: { popluate: false } }), /did you mean `whatIf\.populate`/);
    assert.match(messageOf({ program: 'p', whatIf: { populate: 'no' } }), /`whatIf\.populate` is "no"/);
  });

  it('refuses images that do not go together', () => {
    assert.match(messageOf({}), /`program` is missing/);
    assert.match(messageOf({ program: 'p', bios: 'b' }), /exclude each other/);
    assert.match(messageOf({ program: 'p', kernel: 'k' }), /`kernel` needs `bios`/);
    assert.match(messageOf({ bios: 'b', initrd: 'i' }), /`initrd` needs `kernel`/);
    assert.match(messageOf({ bios: 'b', append: 'quiet' }), /`append` needs `kernel`/);
  });

  it('refuses RAM too small or not of whole pages', () => {
    assert.match(messageOf({ program: 'p', ram: '4K' }), /minimum is "1M"/);
    assert.match(messageOf({ program: 'p', ram: (1 << 20) + 1 }), /not a multiple of 4 KiB/);
  });

  it('has a schema with a description for every field', () => {
    for (const [name, property] of Object.entries(launchConfigurationSchema().properties)) {
      assert.ok((property as { description?: string }).description, `${name} has no description`);
    }
    const { whatIf } = launchConfigurationSchema().properties as { whatIf: { properties: Record<string, unknown> } };
    for (const [name, property] of Object.entries(whatIf.properties)) {
      assert.ok((property as { description?: string }).description, `whatIf.${name} has no description`);
    }
  });

  it('takes a size for the states of the past, or none of them at all', () => {
    const timeTravelOf = (timeTravel?: unknown) =>
      parseLaunchConfiguration({ program: 'guest.elf', ...(timeTravel !== undefined && { timeTravel }) }).timeTravel;
    assert.deepEqual(timeTravelOf(), { memoryByteCount: 256 << 20 });
    assert.deepEqual(timeTravelOf({ memory: '1G' }), { memoryByteCount: 1 << 30 });
    assert.deepEqual(timeTravelOf({}), timeTravelOf(true));
    assert.equal(timeTravelOf(false), false);
    assert.match(
      messageOf({ program: 'guest.elf', timeTravel: 'yes' }),
      /`timeTravel` is "yes"; expected true, false, or/,
    );
  });
});
