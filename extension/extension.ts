/** The extension on any platform: what there is, and the order in which it depends on each other. */
import * as vscode from 'vscode';
import { compareAlgorithms } from './comparison/compare-algorithms';
import { SnapshotResults } from './comparison/snapshot-results';
import { addSample } from './debug/add-sample';
import { ConfigurationProvider } from './debug/configuration-provider';
import { debugType } from './debug/debug-type';
import { GuestConsoles } from './debug/guest-console';
import { ProtectedWrites } from './debug/protected-writes';
import { killQemu, repairGuest } from './debug/real-qemu';
import { openRecording, saveRecording } from './debug/recording-commands';
import { SessionWatch } from './debug/session-watch';
import { cancelSnapshot, runToNext, takeSnapshot } from './debug/snapshot-commands';
import { SnapshotStatus } from './debug/snapshot-status';
import { goTo, lastWriter, returnToHistory, setMark, stepBack } from './debug/time-travel-commands';
import { TopFrames } from './debug/top-frame';
import { AssemblyLanguage } from './language/client/assembly-language';
import { languageModelTools } from './language-model/language-model-tools';
import { ListingDocuments } from './listing/listing-documents';
import { ListingInlayHints } from './listing/listing-hints';
import { MemoryDocuments } from './memory/memory-documents';
import { pageCommands } from './page-map/page-commands';
import { PageMapPanel } from './page-map/page-map-panel';
import type { Platform } from './platform';
import { registerSnapshotEditor } from './snapshot-editor/snapshot-editors';
import { SourceValues } from './source/source-values';
import { WalkthroughProgress } from './walkthrough/progress';
import { runSample } from './walkthrough/run-sample';

export async function activateOn(platform: Platform, context: vscode.ExtensionContext): Promise<void> {
  const { extensionUri, subscriptions } = context;
  const configurations = new ConfigurationProvider();
  const watch = new SessionWatch();
  const memory = new MemoryDocuments(watch);
  const topFrames = new TopFrames();
  const pageMap = new PageMapPanel(extensionUri, memory, topFrames.onSettled, context.globalState);
  const results = new SnapshotResults(extensionUri, context.workspaceState);
  const walkthrough = new WalkthroughProgress();
  const assembly = new AssemblyLanguage(platform.createLanguageClient);
  registerSnapshotEditor(platform, context);
  subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(debugType, configurations),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      // Listed in the Run and Debug picker; what is picked there needs no resolving.
      { provideDebugConfigurations: (folder) => configurations.provideDebugConfigurations(folder) },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    watch,
    memory,
    pageMap,
    results,
    pageCommands(pageMap, memory),
    new GuestConsoles(watch),
    new SnapshotStatus(),
    topFrames,
    walkthrough,
    new ListingDocuments(watch),
    new ListingInlayHints(watch),
    new SourceValues(),
    assembly,
    languageModelTools(watch),
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, platform.adapters),
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, new ProtectedWrites()),
    vscode.commands.registerCommand('freezeframe.addSample', () => addSample(extensionUri)),
    vscode.commands.registerCommand('freezeframe.runSample', (name?: unknown) => runSample(extensionUri, name)),
    vscode.commands.registerCommand('freezeframe.openWalkthrough', () => walkthrough.open()),
    vscode.commands.registerCommand('freezeframe.takeSnapshot', takeSnapshot),
    vscode.commands.registerCommand('freezeframe.cancelSnapshot', cancelSnapshot),
    vscode.commands.registerCommand('freezeframe.repairGuest', repairGuest),
    vscode.commands.registerCommand('freezeframe.killQemu', killQemu),
    vscode.commands.registerCommand('freezeframe.stepBackOver', () => stepBack('over')),
    vscode.commands.registerCommand('freezeframe.stepBackOut', () => stepBack('out')),
    vscode.commands.registerCommand('freezeframe.goTo', goTo),
    vscode.commands.registerCommand('freezeframe.setMark', setMark),
    vscode.commands.registerCommand('freezeframe.returnToHistory', returnToHistory),
    vscode.commands.registerCommand('freezeframe.lastWriter', lastWriter),
    vscode.commands.registerCommand('freezeframe.memory.lastWriter', () => lastWriter(memory.selected)),
    vscode.commands.registerCommand('freezeframe.saveRecording', saveRecording),
    vscode.commands.registerCommand('freezeframe.openRecording', openRecording),
    vscode.commands.registerCommand('freezeframe.runToNextPhase', () => runToNext('phase')),
    vscode.commands.registerCommand('freezeframe.runToNextWriteFault', () => runToNext('write-fault')),
    vscode.commands.registerCommand('freezeframe.compareAlgorithms', (given?: vscode.DebugConfiguration) =>
      compareAlgorithms(platform, extensionUri, given),
    ),
    vscode.commands.registerCommand('freezeframe.compareResults', () => results.compare()),
    vscode.commands.registerCommand('freezeframe.showPageMap', () => pageMap.show()),
  );
  // Who opens an assembly file activates the extension, and asks when that is done.
  await assembly.started;
}
