// Runs a test suite in an extension host: node run-extension-tests.mjs VSCODE_PROGRAM SUITE WORKSPACE
import { runTests } from '@vscode/test-electron';
import { root } from './progress.mjs';

const [vscodeExecutablePath, extensionTestsPath, workspace] = process.argv.slice(2);
try {
  await runTests({ vscodeExecutablePath, extensionDevelopmentPath: root, extensionTestsPath, launchArgs: [workspace] });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
