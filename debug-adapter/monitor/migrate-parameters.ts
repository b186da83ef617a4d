import { DebuggeeError } from '../debuggee/debuggee';
import { type MigrationParameters, parameterRanges, type RangedParameter } from '../debuggee/migration-parameters';

const bandwidth = 'max-bandwidth';
const rangedParameters = Object.entries(parameterRanges) as [
  RangedParameter,
  (typeof parameterRanges)[RangedParameter],
][];

/** What the monitor's `migrate_set_parameter NAME VALUE` changes. @throws DebuggeeError in QEMU's words */
export function parameterChange(parameters: MigrationParameters, name = '', value = ''): Partial<MigrationParameters> {
  if (name === bandwidth) return { maxBandwidth: bandwidthOf(value) };
  const [key, { min, max }] =
    rangedParameters.find(([, range]) => range.name === name) ?? refuse(`invalid parameter value: ${name}`);
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) refuse(outOfRange(key));
  const changed: MigrationParameters = { ...parameters, [key]: number };
  if (changed.maxCpuThrottle < changed.cpuThrottleInitial) refuse(outOfRange('maxCpuThrottle'));
  return { [key]: number };
}

/** The monitor's `info migrate_parameters`. */
export function parameterList(parameters: MigrationParameters): string {
  const line = (key: RangedParameter, unit = ''): string => `${parameterRanges[key].name}: ${parameters[key]}${unit}\n`;
  return (
    line('throttleTriggerThreshold') +
    line('cpuThrottleInitial') +
    line('cpuThrottleIncrement') +
    line('maxCpuThrottle') +
    `${bandwidth}: ${parameters.maxBandwidth} bytes/second\n` +
    line('downtimeLimitMs', ' ms')
  );
}

/** Bytes per second. As in QEMU, a number alone counts MiB. */
function bandwidthOf(value: string): number {
  const [, digits, suffix = ''] = /^(\d+)([BKMG]?)$/i.exec(value) ?? refuse(`Invalid size ${value}`);
  const scale = { B: 1, K: 1 << 10, G: 1 << 30 }[suffix.toUpperCase()] ?? 1 << 20;
  return Number(digits) * scale;
}

/** Where QEMU has other words for a range than its bounds. */
const rangeWords: Partial<Record<RangedParameter, string>> = {
  maxCpuThrottle: 'cpu_throttle_initial to 99',
  downtimeLimitMs: '0 to (2000 * 1000) ms',
};

function outOfRange(key: RangedParameter): string {
  const { name, min, max } = parameterRanges[key];
  const range = rangeWords[key] ?? `${min} to ${max}`;
  return `Parameter '${name.replaceAll('-', '_')}' expects an integer in the range of ${range}`;
}

function refuse(message: string): never {
  throw new DebuggeeError('parameters', message);
}
