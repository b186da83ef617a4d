import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import Ajv, { type ValidateFunction } from 'ajv';
import type { Schema } from 'ts-json-schema-generator';

const protocolFolder = resolve(__dirname, '../../debug-adapter/protocol');

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

/** To make it takes the TypeScript compiler seconds: the first process does, for all in this checkout. */
function protocolSchema(): Schema {
  const ours = readdirSync(protocolFolder).filter((name) => !name.endsWith('.test.ts'));
  const types = [
    resolve(__dirname, 'protocol.ts'),
    ...ours.map((name) => resolve(protocolFolder, name)),
    resolve(protocolFolder, '../session/requests.ts'),
    require.resolve('@vscode/debugprotocol/lib/debugProtocol.d.ts'),
  ];
  const hash = createHash('sha256');
  for (const path of [...types, __filename]) hash.update(readFileSync(path));
  const path = resolve(__dirname, `../../.cache/dap-schema-${hash.digest('hex').slice(0, 16)}.json`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const schema = makeProtocolSchema();
  const provisional = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(provisional, JSON.stringify(schema));
  renameSync(provisional, path);
  return schema;
}

function makeProtocolSchema(): Schema {
  const { createGenerator } = require('ts-json-schema-generator') as typeof import('ts-json-schema-generator');
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
