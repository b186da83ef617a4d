import {
  faultAdvice,
  faultText,
  isMerelyUnknown,
  type StreamFault,
  type StreamFaultKind,
} from '../vmstate/stream-fault';
import type { SectionName } from '../vmstate/stream-records';
import { runsText } from './page-index';
import type { Survey, SurveyedBlock, SurveyedSection } from './survey';

/** What a check of a whole stream says, in words. */
export interface Finding {
  readonly isWrong: boolean;
  readonly text: string;
  /** In the file, where one place is at fault. */
  readonly offset?: number;
  /** The first page at fault. */
  readonly page?: { readonly block: string; readonly page: number };
}

/** Whether a stream is whole, check by check. @param once a page sent twice is wrong too */
export function findingsOf(survey: Survey, once: boolean): Finding[] {
  // Of a file that is no stream there is nothing more to say.
  if (survey.faults.some(({ kind }) => kind === 'foreign' || kind === 'bad-magic')) return structure(survey);
  return [
    ...structure(survey),
    ...survey.blocks.map((block) => pages(survey, block, once)),
    ...(survey.blocks.length === 0 ? [wrong('no RAM: the stream holds no RAM block list')] : []),
    ...devices(survey),
    ...passedOver(survey),
    end(survey),
  ];
}

function structure({ faults, configuration, sections, unlistedSectionCount }: Survey): Finding[] {
  if (faults.length > 0) {
    return faults.map((fault) =>
      wrong(`${faultText(fault)}.${placeOf(fault, sections)} ${faultAdvice(fault)}`, { offset: fault.offset }),
    );
  }
  const machine = configuration ? `configuration (machine "${configuration.machine}")` : 'no configuration';
  return [ok(`structure: header, ${machine}, ${sections.length + unlistedSectionCount} whole sections`)];
}

/** Faults of the description, behind all sections, lie in none. */
function placeOf({ offset }: StreamFault, sections: readonly SurveyedSection[]): string {
  const last = [...sections].reverse().find((section) => section.offset <= offset);
  if (!last || (last.isWhole && offset >= last.offset + last.byteCount)) return '';
  return ` It lies in section "${last.name}", which begins at byte ${last.offset}.`;
}

const otherChannels = 'They went through other channels: migrate without `multifd`, or with `mapped-ram` to a `file:`.';

function pages(survey: Survey, { name, pages }: SurveyedBlock, once: boolean): Finding {
  const { pageCount, sentCount, zeroCount, repeatCount, missingCount } = pages;
  // With x-ignore-shared, the destination has the pages already.
  if (sentCount === 0 && survey.configuration?.capabilities?.includes('x-ignore-shared')) {
    return ok(`RAM block ${name}: its ${pageCount} pages are shared with the destination; none are in the stream`);
  }
  const missing = `RAM block ${name}: ${missingCount} of ${pageCount} pages are missing: ${runsText(pages.missingRuns(), 10)}`;
  if (missingCount > 0) {
    const [first] = pages.missingRuns();
    const place = { page: { block: name, page: first!.first } };
    return wrong(survey.hasOtherChannels ? `${missing}. ${otherChannels}` : missing, place);
  }
  const all = `RAM block ${name}: all ${pageCount} pages (${zeroCount} zero)`;
  if (repeatCount === 0) return ok(`${all}, each once`);
  const again = `${all}; ${repeatCount} were sent again`;
  return once
    ? wrong(`${again}, which a write-tracking snapshot never does`)
    : ok(`${again}, as precopy does; the last copy counts`);
}

/** The description names the device sections, in their order. */
function devices({ description, devices, unread, pageByteCount, sections, eofOffset }: Survey): Finding[] {
  const found = sections.filter(({ type }) => type === 'full').map(nameOf);
  const known = `${devices.length} of ${found.length} sections could be read`;
  if (!description) return eofOffset === undefined ? [] : [ok(`devices: ${known}; there is no VMDESCRIPTION`)];
  const described = description.devices.map(nameOf);
  const there = new Set(found);
  const absent = described.filter((name) => !there.has(name));
  if (absent.length > 0) {
    const reason = eofOffset === undefined ? ' (reading ended before them)' : '';
    const missing = `${absent.length} of ${described.length} described sections are missing`;
    return [wrong(`devices: ${missing}${reason}: ${absent.join(', ')}`)];
  }
  if (described.join() !== found.join())
    return [wrong('devices: VMDESCRIPTION names other sections, or the same in another order')];
  if (description.pageByteCount !== pageByteCount) {
    const sizes = `pages of ${description.pageByteCount} bytes, the configuration of ${pageByteCount}`;
    return [wrong(`devices: VMDESCRIPTION has ${sizes}`)];
  }
  if (unread.some(({ fault }) => !isMerelyUnknown(fault))) return [wrong(`devices: ${known}`)];
  return [ok(`devices: ${found.length} sections, as VMDESCRIPTION describes them`)];
}

/** What is in the stream and cannot be looked into: whether it is right is not known. */
function passedOver({ unread }: Survey): Finding[] {
  return unread
    .filter(({ fault }) => isMerelyUnknown(fault))
    .map(({ section, fault }) => ok(`skipped: section "${nameOf(section)}", ${passedOverReasons[fault.kind]}`));
}

const passedOverReasons: Partial<Record<StreamFaultKind, string>> = {
  'unknown-device': 'whose layout is unknown',
  'hole-in-description': 'which QEMU before 10.0 does not describe in full',
};

function nameOf({ name, instanceId }: Pick<SectionName, 'name' | 'instanceId'>): string {
  return `${name} ${instanceId}`;
}

function end({ eofOffset, descriptionOffset, byteCount, trailingByteCount }: Survey): Finding {
  if (eofOffset === undefined) return wrong(`end: no EOF in ${byteCount} bytes`);
  const behind = trailingByteCount === 0 ? '' : `; the ${trailingByteCount} bytes after it are not part of the stream`;
  if (descriptionOffset === undefined) return ok(`end: EOF at byte ${eofOffset}, no VMDESCRIPTION${behind}`);
  return ok(`end: EOF at byte ${eofOffset}, VMDESCRIPTION at byte ${descriptionOffset}${behind}`);
}

function ok(text: string): Finding {
  return { isWrong: false, text };
}

function wrong(text: string, place: Pick<Finding, 'offset' | 'page'> = {}): Finding {
  return { isWrong: true, text, ...place };
}
