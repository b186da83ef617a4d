import type { ByteCursor } from './byte-cursor';
import { nameByteCountMax, sectionType } from './stream-format';
import type { Configuration } from './stream-records';

/** vmstate_configuration in QEMU's migration/savevm.c: the machine's name and three subsections. */
export function readConfiguration(cursor: ByteCursor): Configuration {
  const lengthOffset = cursor.offset;
  const nameByteCount = cursor.u32();
  if (nameByteCount === 0 || nameByteCount > nameByteCountMax) {
    const what = 'length of the machine name';
    cursor.failAt(lengthOffset, 'length-beyond-bound', what, `1 to ${nameByteCountMax}`, nameByteCount);
  }
  const machine = cursor.ascii(nameByteCount, 'machine name');
  let configuration: Configuration = { machine };
  while (cursor.peekU8() === sectionType.subsection) {
    cursor.u8();
    const nameOffset = cursor.offset;
    const name = cursor.shortName('subsection name');
    const versionOffset = cursor.offset;
    const version = cursor.u32();
    if (version !== 1) cursor.failAt(versionOffset, 'unsupported-version', `subsection "${name}"`, 1, version);
    configuration = { ...configuration, ...readConfigurationPart(cursor, name, nameOffset) };
  }
  return configuration;
}

const capabilityCountMax = 64;

function readConfigurationPart(cursor: ByteCursor, name: string, nameOffset: number): Partial<Configuration> {
  const { offset } = cursor;
  switch (name) {
    case 'configuration/target-page-bits': {
      const targetPageBits = cursor.u32();
      if (targetPageBits < 10 || targetPageBits > 16) {
        cursor.failAt(offset, 'length-beyond-bound', 'target page bits', '10 to 16', targetPageBits);
      }
      return { targetPageBits };
    }
    case 'configuration/capabilities': {
      const count = cursor.u32();
      if (count > capabilityCountMax) {
        cursor.failAt(offset, 'length-beyond-bound', 'number of capabilities', capabilityCountMax, count);
      }
      return { capabilities: Array.from({ length: count }, () => cursor.shortName('capability')) };
    }
    case 'configuration/uuid':
      return { uuid: cursor.take(16).slice() };
    default:
      return cursor.failAt(
        nameOffset,
        'unknown-subsection',
        'configuration',
        'target-page-bits, capabilities or uuid',
        name,
      );
  }
}
