import type { z } from 'zod';
import { launchConfigurationSchema } from './json-schema';
import { nearest } from './nearest';

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
