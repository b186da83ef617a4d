import type { Instant } from '../debuggee/debuggee';
import type { Entry } from './recording';

/** A course that the run has taken: what came from outside, and how far it has come. */
export interface Course {
  /** From 1, in the order in which they began. */
  readonly id: number;
  readonly inputs: readonly Entry[];
  readonly end: Instant;
  readonly endNs: number;
}

/** Where a user wants to come back to, in one course. */
export interface Mark {
  readonly name: string;
  readonly at: Instant;
  readonly timeNs: number;
}

/** The courses that the run has left when something else came in its past, and the marks in all of them. */
export class Histories {
  readonly #left: Course[] = [];
  readonly marks = new Map<string, Mark & { readonly course: number }>();
  #present = 1;
  #count = 1;

  /** @param marks in the present course */
  constructor(marks: readonly Mark[]) {
    for (const mark of marks) this.mark(mark);
  }

  /** In the present course. */
  mark(mark: Mark): void {
    this.marks.set(mark.name, { ...mark, course: this.#present });
  }

  /** The one that a mark is in, if it was left and parts from the present one, which gets `inputs`, before the mark. */
  courseOf({ at, course }: Mark & { readonly course: number }, inputs: readonly Entry[]): Course | undefined {
    const left = this.#left.find(({ id }) => id === course);
    return left && !agreeUpTo(at, left.inputs, inputs) ? left : undefined;
  }

  /** Of the present one. */
  get present(): number {
    return this.#present;
  }

  get left(): readonly Course[] {
    return this.#left;
  }

  /** The present one is left for a new one. @returns its number */
  leave(course: Omit<Course, 'id'>): number {
    const id = this.#present;
    this.#left.push({ ...course, id });
    this.#present = ++this.#count;
    return id;
  }

  /** One that was left is the present again, instead of another. Undefined: there is none of this number. */
  exchange(id: number, present: Omit<Course, 'id'>): Course | undefined {
    const index = this.#left.findIndex((each) => each.id === id);
    const [course] = index < 0 ? [] : this.#left.splice(index, 1);
    if (!course) return undefined;
    this.#left.push({ ...present, id: this.#present });
    this.#present = id;
    return course;
  }
}

/** Two courses are the same up to an instant. */
function agreeUpTo({ events }: Instant, one: readonly Entry[], other: readonly Entry[]): boolean {
  const [a, b] = [one, other].map((inputs) => inputs.filter(({ at }) => at.events < events));
  return a!.length === b!.length && a!.every((entry, index) => entry === b![index]);
}

/** How many events two courses have in common, or more. */
export function divergenceOf(one: readonly Entry[], other: readonly Entry[]): number {
  const index = one.findIndex((entry, at) => entry !== other[at]);
  const first = index < 0 ? one.length : index;
  return Math.min(one[first]?.at.events ?? Infinity, other[first]?.at.events ?? Infinity);
}
