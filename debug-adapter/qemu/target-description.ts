/** As a gdb stub numbers and names it (gdb manual, "Target Description Format"). */
export interface DescribedRegister {
  readonly name: string;
  readonly number: number;
  readonly bitCount: number;
  /** A group that gdb knows, `float` or `vector`, or QEMU's `cp_regs`; or else the last word of its feature: `cpu`, `core`, `csr`. */
  readonly group: string;
}

export interface TargetDescription {
  /** `riscv:rv64`, `i386:x86-64`, `aarch64`; empty where it is not said. */
  readonly architecture: string;
  readonly registers: readonly DescribedRegister[];
}

const scalarBitCountMax = 64;

/** @param read one of the description's files */
export async function readDescription(read: (file: string) => Promise<string>): Promise<TargetDescription> {
  let text = await read('target.xml');
  for (const [include, file] of text.matchAll(/<xi:include href="([^"]+)"\/>/g)) {
    const included = await read(file!);
    text = text.replace(include, () => included);
  }
  return parseDescription(text);
}

export function parseDescription(text: string): TargetDescription {
  // What is commented out has no number.
  const said = text.replaceAll(/<!--[\s\S]*?-->/g, '');
  const registers: DescribedRegister[] = [];
  let feature = '';
  let next = 0;
  for (const [, featureName, attributes] of said.matchAll(/<feature name="([^"]*)">|<reg\s([^>]*)\/>/g)) {
    if (featureName !== undefined) feature = /[^.]*$/.exec(featureName)![0];
    if (attributes === undefined) continue;
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    const number = Number(attribute('regnum') ?? next);
    const bitCount = Number(attribute('bitsize'));
    const group = attribute('group') ?? groupOf(attribute('type'), bitCount) ?? feature;
    registers.push({ name: attribute('name')!, number, bitCount, group });
    next = number + 1;
  }
  return { architecture: /<architecture>([^<]*)</.exec(said)?.[1] ?? '', registers };
}

/** By its type, as gdb groups one of which the description does not say it. */
function groupOf(type: string | undefined, bitCount: number): string | undefined {
  if (type === 'i387_ext') return 'float';
  return bitCount > scalarBitCountMax ? 'vector' : undefined;
}
