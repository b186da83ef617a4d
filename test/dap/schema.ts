import { resolve } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import Ajv, { type ValidateFunction } from 'ajv';
import { createGenerator, type Schema } from 'ts-json-schema-generator';

let ajv: Ajv | undefined;
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a message that a session has sent, by the types of the protocol. */
export function faultsOf(message: Dap.ProtocolMessage): string[] {
  if (message.type === 'event') {
    const { event, body } = message as Dap.Event;
    return faults(`events/properties/${event}`, event, body);
  }
  const { command, body } = message as Dap.Response;
  return faults(`requests/properties/${command}/properties/result`, command, body);
}

function faults(path: string, name: string, body: unknown): string[] {
  const validate = validators.get(path) ?? validatorOf(path);
  if (body === undefined || validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${name}: ${instancePath || 'the body'} ${message}`,
  );
}

function validatorOf(path: string): ValidateFunction {
  ajv ??= new Ajv({ strict: false, allErrors: true }).addSchema(protocolSchema(), 'protocol');
  const validate = ajv.compile({ $ref: `protocol#/properties/${path}` });
  validators.set(path, validate);
  return validate;
}

function protocolSchema(): Schema {
  const schema = createGenerator({
    path: resolve(__dirname, 'protocol.ts'),
    tsconfig: resolve(__dirname, '../tsconfig.json'),
    type: 'Protocol',
    topRef: false,
    skipTypeCheck: true,
  }).createSchema('Protocol');
  // A path into the schema should not depend on which types have a name.
  const { properties = {}, definitions = {} } = schema;
  const inlined = Object.entries(properties).map(([key, value]) => {
    const name = typeof value === 'object' ? value.$ref?.replace('#/definitions/', '') : undefined;
    return [key, name === undefined ? value : definitions[name]];
  });
  return { ...schema, properties: Object.fromEntries(inlined) };
}
