import { z } from 'zod';
import { declaration } from './declaration';

/** JSON schema of the configuration's attributes, for the manifest. */
export function launchConfigurationSchema(): { required?: string[]; properties: Record<string, unknown> } {
  const { properties } = z.toJSONSchema(declaration, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return { properties: properties as Record<string, unknown> };
}

/** The same of a configuration that attaches. */
export function attachConfigurationSchema(): Record<string, unknown> {
  type Node = { readonly properties: Record<string, unknown> };
  const { qemu, snapshot } = launchConfigurationSchema().properties as Record<string, Node>;
  const { when, output } = snapshot!.properties;
  return {
    oneOf: [{ required: ['port', 'token'] }, { required: ['qemu'] }],
    properties: {
      port: { type: 'number', description: 'Port of `debug-adapter.js --server=PORT` on 127.0.0.1.' },
      token: { type: 'string', description: 'Its token, given as `--token=TOKEN` or printed at start.' },
      qemu,
      snapshot: { ...snapshot, properties: { when, output } },
    },
  };
}
