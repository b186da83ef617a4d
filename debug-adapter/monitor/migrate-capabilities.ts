import { DebuggeeError } from '../debuggee/debuggee';
import { type CapabilityName, capabilityNames } from '../debuggee/migration-capabilities';
import { type Capabilities, capabilityProblem, hostProblem } from '../migration/capabilities';
import type { WhatIf } from '../vmm/what-if';

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

/** The monitor's `info migrate_capabilities`. */
export function capabilityList(capabilities: Capabilities): string {
  return capabilityNames.map((name) => `${name}: ${capabilities.has(name) ? 'on' : 'off'}\n`).join('');
}

function isCapability(name: string | undefined): name is CapabilityName {
  return capabilityNames.some((known) => known === name);
}
