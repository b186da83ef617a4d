// Writes into package.json what the launch configuration's declaration says of its attributes: npm run manifest
import { readFileSync, writeFileSync } from 'node:fs';
import { attachConfigurationSchema, launchConfigurationSchema } from '../debug-adapter/configuration/json-schema';

const file = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(readFileSync(file, 'utf8'));
manifest.contributes.debuggers[0].configurationAttributes = {
  launch: launchConfigurationSchema(),
  attach: attachConfigurationSchema(),
};
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
