import { csrs } from './csrs';

/** Numbers of CSRs as AssemblyScript: a constant each. */
export function csrSource(): string {
  return `// Made from csrs.ts by csr-source.ts; not to be edited.
${csrs.map(({ name, number }) => `export const ${name.toUpperCase()}: u32 = 0x${number.toString(16)};`).join('\n')}
`;
}
