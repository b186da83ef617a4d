import { runsText } from '../snapshot-file/page-index';
import { stateLines, stateToJson } from '../snapshot-file/state-values';
import { type Survey, type SurveyedDevice, surveyStream } from '../snapshot-file/survey';
import { faultAdvice, faultText, isMerelyUnknown } from '../vmstate/stream-fault';
import { type Environment, type ExitCode, exitCode, withFile } from './environment';
import { printableLine } from './printable';
import { table } from './table';

export interface InspectOptions {
  readonly json: boolean;
  /** Only the devices of this section name. */
  readonly device?: string | undefined;
}

/** Lists what a migration stream is made of. A stream that is not whole is listed as far as it goes. */
export function inspect(environment: Environment, path: string, { json, device }: InspectOptions): ExitCode {
  const survey = withFile(environment, path, (file) => {
    const progress = environment.progress(`reading ${path}`);
    try {
      return surveyStream(file, (done, total) => progress.at(done, total));
    } finally {
      progress.end();
    }
  });
  const devices = survey.devices.filter(({ name }) => device === undefined || name === device);
  if (json) environment.say(JSON.stringify(toJson(survey, devices), null, 2));
  else if (device !== undefined)
    environment.say(devicesText(devices) || `${printableLine(path)} has no device section "${printableLine(device)}".`);
  else environment.say(toText(path, survey));
  const isFound = device === undefined || devices.length > 0;
  return survey.faults.length === 0 && isFound ? exitCode.good : exitCode.different;
}

function toJson(survey: Survey, devices: readonly SurveyedDevice[]): object {
  const { uuid, ...configuration } = survey.configuration ?? { machine: undefined };
  return {
    byteCount: survey.byteCount,
    configuration: { ...configuration, ...(uuid && { uuid: uuidText(uuid) }) },
    pageByteCount: survey.pageByteCount,
    blocks: survey.blocks.map(({ name, byteCount, pages }) => ({
      name,
      byteCount,
      pages: pages.pageCount,
      normal: pages.sentCount - pages.zeroCount,
      zero: pages.zeroCount,
      sentAgain: pages.repeatCount,
      missing: pages.missingCount,
    })),
    sections: survey.sections,
    unlistedSectionCount: survey.unlistedSectionCount,
    devices: devices.map(({ name, instanceId, offset, byteCount, state }) => ({
      name,
      instanceId,
      offset,
      byteCount,
      state: stateToJson(state),
    })),
    unread: survey.unread,
    eofOffset: survey.eofOffset,
    descriptionOffset: survey.descriptionOffset,
    trailingByteCount: survey.trailingByteCount,
    faults: survey.faults,
  };
}

function toText(path: string, survey: Survey): string {
  return [
    headText(path, survey),
    blocksText(survey),
    sectionsText(survey),
    devicesText(survey.devices),
    unreadText(survey),
    ...survey.faults.map((fault) => `${faultText(fault)}. ${faultAdvice(fault)}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headText(path: string, { configuration, byteCount, pageByteCount }: Survey): string {
  const machine = configuration ? `machine "${configuration.machine}"` : 'no configuration';
  const lines = [`${printableLine(path)}: ${machine}, ${byteCount} bytes, pages of ${pageByteCount} bytes`];
  if (configuration?.capabilities) lines.push(`capabilities: ${configuration.capabilities.join(', ') || 'none'}`);
  if (configuration?.uuid) lines.push(`uuid: ${uuidText(configuration.uuid)}`);
  return lines.join('\n');
}

function blocksText({ blocks }: Survey): string {
  if (blocks.length === 0) return '';
  const rows = blocks.map(({ name, byteCount, pages }) => [
    name,
    byteCount,
    pages.pageCount,
    pages.sentCount - pages.zeroCount,
    pages.zeroCount,
    pages.repeatCount,
    pages.missingCount,
  ]);
  const missing = blocks
    .filter(({ pages }) => pages.missingCount > 0)
    .map(({ name, pages }) => `missing in ${name}: pages ${runsText(pages.missingRuns(), 10)}`);
  const head = ['RAM block', 'bytes', 'pages', 'normal', 'zero', 'sent again', 'missing'];
  return [table(head, rows), ...missing].join('\n');
}

function sectionsText({
  sections,
  unlistedSectionCount,
  eofOffset,
  descriptionOffset,
  trailingByteCount,
}: Survey): string {
  const rows = sections.map(({ name, instanceId, version, type, id, offset, byteCount, isWhole }) => [
    name,
    instanceId,
    version,
    type.toUpperCase(),
    id,
    offset,
    isWhole ? byteCount : 'cut off',
  ]);
  const ends = [
    ['EOF', eofOffset],
    ['VMDESCRIPTION', descriptionOffset],
  ].flatMap(([name, offset]) => (offset === undefined ? [] : [`${name} at byte ${offset}`]));
  if (unlistedSectionCount > 0) ends.unshift(`… and ${unlistedSectionCount} further parts`);
  if (trailingByteCount > 0) ends.push(`${trailingByteCount} bytes after the end of the stream`);
  return [table(['section', 'instance', 'version', 'type', 'id', 'offset', 'bytes'], rows), ...ends].join('\n');
}

function unreadText({ unread }: Survey): string {
  return unread
    .filter(({ fault }) => isMerelyUnknown(fault))
    .map(
      ({ section: { name, instanceId }, offset }) =>
        `section ${name} ${instanceId}, from ${offset}: not known, passed over`,
    )
    .join('\n');
}

function devicesText(devices: readonly SurveyedDevice[]): string {
  return devices
    .map(({ name, instanceId, offset, byteCount, state }) =>
      [
        `device ${name} ${instanceId}, version ${state.layout.version}, ${byteCount} bytes at ${offset}`,
        ...stateLines(state, '  '),
      ].join('\n'),
    )
    .join('\n\n');
}

function uuidText(uuid: Uint8Array): string {
  const hex = Array.from(uuid, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
