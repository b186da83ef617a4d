import { DebuggeeError } from '../debuggee/debuggee';
import { type CapabilityName, capabilityNames } from '../debuggee/migration-capabilities';
import { type Capabilities, capabilityProblem, hostProblem } from '../migration/capabilities';
import type { WhatIf } from '../migration/what-if';

/** @throws DebuggeeError that names what cannot go together. */
export function checkCapabilities(capabilities: Capabilities, whatIf: WhatIf): void {
  const problem = capabilityProblem(capabilities) ?? hostProblem(capabilities, whatIf);
  if (problem) throw new DebuggeeError('capabilities', `${problem}.`);
}

/** The monitor's `migrate_set_capability NAME on|off`. @throws DebuggeeError */
export function withCapability(
  capabilities: Capabilities,
  name: string | undefined,
  state: string | undefined,
  whatIf: WhatIf,
): Capabilities {
  if (!isCapability(name)) {
    throw new DebuggeeError('capabilities', `Parameter 'capability' does not accept value '${name ?? ''}'`);
  }
  if (state !== 'on' && state !== 'off')
    throw new DebuggeeError('capabilities', "Parameter 'state' expects 'on' or 'off'");
  const changed = new Set(capabilities);
  if (state === 'on') changed.add(name);
  else changed.delete(name);
  checkCapabilities(changed, whatIf);
  return changed;
}

/** The monitor's `migrate_set_parameter max-bandwidth VALUE`, in bytes per second. @throws DebuggeeError */
export function bandwidthOf(name: string | undefined, value = ''): number {
  if (name !== 'max-bandwidth')
    throw new DebuggeeError('parameters', `Freezeframe has no model of the parameter ${name ?? ''}`);
  const match = /^(\d+)([KMG]?)$/i.exec(value);
  const scale = { K: 1 << 10, M: 1 << 20, G: 1 << 30 }[match?.[2]?.toUpperCase() ?? ''] ?? 1;
  if (!match)
    throw new DebuggeeError('parameters', "Parameter 'value' expects a number of bytes, or one with K, M or G");
  return Number(match[1]) * scale;
}

/** The monitor's `info migrate_capabilities`. */
export function capabilityList(capabilities: Capabilities): string {
  return capabilityNames.map((name) => `${name}: ${capabilities.has(name) ? 'on' : 'off'}\n`).join('');
}

function isCapability(name: string | undefined): name is CapabilityName {
  return capabilityNames.some((known) => known === name);
}
