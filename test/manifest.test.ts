import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { attachConfigurationSchema, launchConfigurationSchema } from '../debug-adapter/configuration/json-schema';
import sample from '../extension/sample/.vscode/launch.json';
import manifest from '../package.json';

describe('the manifest', () => {
  it("offers the launch configuration's attributes as they are declared (else: npm run manifest)", () => {
    const [freezeframe] = manifest.contributes.debuggers;
    assert.deepEqual(freezeframe!.configurationAttributes, {
      launch: launchConfigurationSchema(),
      attach: attachConfigurationSchema(),
    });
  });

  it('has a walkthrough whose links run what the sample has, with pictures that are there and small', () => {
    const steps = manifest.contributes.walkthroughs.flatMap(({ steps }) => steps);
    const text = steps.map(({ description }) => description).join('\n');
    const commands = new Set(manifest.contributes.commands.map(({ command }) => command));
    for (const [, command] of text.matchAll(/\(command:(freezeframe\.\w+)/g))
      assert.ok(commands.has(command!), command);
    const runs = [...text.matchAll(/runSample\?([^)]+)\)/g)].map(([, name]) => JSON.parse(decodeURIComponent(name!)));
    assert.ok(runs.length > 0);
    for (const run of runs)
      assert.ok(
        sample.configurations.some(({ name }) => name === run),
        run,
      );
    for (const image of steps.flatMap(({ media }) => Object.values(media.image))) {
      const picture = resolve(__dirname, '..', image);
      assert.ok(existsSync(picture) && statSync(picture).size <= 60 * 1024, picture);
    }
  });
});
