import { type Phase, phaseName } from '../debuggee/phase';
import type { Frame } from '../debuggee/thread';

/** The text that stands for the source of a real QEMU's threads. */
export const courseFile = 'background-snapshot.txt';

export type CoursePlace = Phase | 'write fault';

/** Which line of that text a thread has come to: a line begins with the phase's name. */
export class ShownCourse {
  readonly #lines: readonly string[];

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  /** @throws Error for a phase that QEMU's background snapshot has not */
  frame(name: string, at: CoursePlace): Frame {
    const label = labelOf(at);
    const index = this.#lines.findIndex((line) => line.startsWith(`  ${label}  `));
    if (index < 0) throw new Error(`${courseFile} has no line for ${label}`);
    return { kind: 'vmm', name, file: courseFile, line: index + 1 };
  }
}

function labelOf(at: CoursePlace): string {
  if (at === 'write fault') return at;
  return at === 'vm-start-bh' ? 'vm_start' : phaseName(at);
}
