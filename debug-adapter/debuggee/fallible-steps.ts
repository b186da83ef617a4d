/** Steps at which a snapshot may fail before it has begun to save RAM, in their order. */
export const fallibleSteps = [
  'output-open',
  'thread-create',
  'populate',
  'vm-stop',
  'stash',
  'uffd-open',
  'uffd-register',
  'uffd-protect',
] as const;

export type FallibleStep = (typeof fallibleSteps)[number];
