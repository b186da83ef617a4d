import assert from 'node:assert/strict';
import { attachConfigurationSchema, launchConfigurationSchema } from '../debug-adapter/session/launch-configuration';
import manifest from '../package.json';

describe('the manifest', () => {
  it("offers the launch configuration's attributes as they are declared (else: npm run manifest)", () => {
    const [freezeframe] = manifest.contributes.debuggers;
    assert.deepEqual(freezeframe!.configurationAttributes, {
      launch: launchConfigurationSchema(),
      attach: attachConfigurationSchema(),
    });
  });
});
