import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Phase, phases } from '../debuggee/phase';
import { courseFile, ShownCourse } from './shown-course';

/** Precopy's, and what QEMU's trace does not tell. */
const notTold: readonly Phase[] = ['populate', 'wait-unplug', 'bitmap-sync', 'last-pages', 'device-state'];

describe('the course of a background snapshot', () => {
  const text = readFileSync(join(__dirname, courseFile), 'utf8');
  const lines = text.split('\n');
  const course = new ShownCourse(text);

  it('has a line for a write fault and for each phase that is told, under the thread that it is of', () => {
    const told = phases.map(({ id }) => id).filter((id) => !notTold.includes(id));
    const shown = [...told, 'write fault' as const].map((at) => {
      const frame = course.frame('running', at);
      assert.ok(frame.kind === 'vmm' && frame.name === 'running' && frame.file === courseFile);
      const head = lines
        .slice(0, frame.line)
        .filter((line) => /^\S/.test(line))
        .at(-1);
      return [at, `${head}: ${lines[frame.line - 1]!.trim().split(/ {2,}/)[0]}`];
    });
    assert.deepEqual(Object.fromEntries(shown), {
      setup: 'Migration thread: Setup',
      head: 'Migration thread: Head',
      active: 'Migration thread: Active',
      'vm-stop': 'Migration thread: Freeze',
      'state-stash': 'Migration thread: State stash',
      'wp-arm': 'Migration thread: WP arm',
      'vm-start-bh': 'Main loop: vm_start',
      save: 'Migration thread: Save',
      'wp-disarm': 'Migration thread: WP disarm',
      'append-stash': 'Migration thread: Append',
      completed: 'Migration thread: Completed',
      failed: 'Migration thread: Failed',
      cancelling: 'Migration thread: Cancelling',
      cancelled: 'Migration thread: Cancelled',
      'write fault': 'vCPUs: write fault',
    });
  });

  it('can be read beside the side bar and the page map, in a window of 1,280 pixels', () => {
    assert.deepEqual(
      lines.filter(({ length }) => length > 38),
      [],
    );
  });
});
