import { DebuggeeError } from '../debuggee/debuggee';
import { type CapabilityName, capabilityNames } from '../debuggee/migration-capabilities';
import { type Capabilities, capabilityProblem } from '../migration/capabilities';

/** @throws DebuggeeError that names the two that cannot go together. */
export function checkCapabilities(capabilities: Capabilities): void {
  const problem = capabilityProblem(capabilities);
  if (problem) throw new DebuggeeError('capabilities', `${problem}.`);
}

/** The monitor's `migrate_set_capability NAME on|off`. @throws DebuggeeError */
export function withCapability(
  capabilities: Capabilities,
  name: string | undefined,
  state: string | undefined,
): Capabilities {
  if (!isCapability(name)) {
    throw new DebuggeeError('capabilities', `Parameter 'capability' does not accept value '${name ?? ''}'`);
  }
  if (state !== 'on' && state !== 'off')
    throw new DebuggeeError('capabilities', "Parameter 'state' expects 'on' or 'off'");
  const changed = new Set(capabilities);
  if (state === 'on') changed.add(name);
  else changed.delete(name);
  checkCapabilities(changed);
  return changed;
}

/** The monitor's `info migrate_capabilities`. */
export function capabilityList(capabilities: Capabilities): string {
  return capabilityNames.map((name) => `${name}: ${capabilities.has(name) ? 'on' : 'off'}\n`).join('');
}

function isCapability(name: string | undefined): name is CapabilityName {
  return capabilityNames.some((known) => known === name);
}
