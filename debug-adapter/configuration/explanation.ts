import type { z } from 'zod';
import { launchConfigurationSchema } from './json-schema';

/** A field that is wrong: what was found, what is expected. */
export function explain(issue: z.core.$ZodIssue, value: unknown): string[] {
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = nearest(key, knownKeys(place));
      return `\`${[...place, key].join('.')}\` is not known${known ? `; did you mean \`${[...place, known].join('.')}\`?` : '.'}`;
    });
  }
  const found = place.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
  return [`\`${place.join('.')}\` is ${JSON.stringify(found)}; ${issue.message}.`];
}

/** Keys of the object at `place`. */
function knownKeys(place: readonly string[]): string[] {
  type Node = { properties?: Record<string, Node> };
  const node = place.reduce<Node | undefined>(
    (inner, key) => inner?.properties?.[key],
    launchConfigurationSchema() as Node,
  );
  return Object.keys(node?.properties ?? {});
}

/** The known key that differs in the fewest letters, if that is few enough to be a slip. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(key.toLowerCase(), candidate.toLowerCase()),
  }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, key.length / 2) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
