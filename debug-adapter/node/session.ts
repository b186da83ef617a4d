import type { LaunchConfiguration } from '../configuration/launch-configuration';
import type { Debuggee } from '../debuggee/debuggee';
import { launch } from '../launch';
import { courseFile } from '../qemu/shown-course';
import type { Trigger } from '../qemu/snapshot-trigger';
import { FreezeframeSession } from '../session/freezeframe-session';
import type { GuestShelf } from '../session/guest-shelf';
import { listenOnLoopback } from './gdb-connections';
import { clientFiles, nodeHost, readResources, readSource, sourceFolder } from './host';

/** A debug session in a Node process. @param shelf where a guest is left that outlives its client */
export function createSession(shelf?: GuestShelf): FreezeframeSession {
  return new FreezeframeSession({
    ...(shelf && { shelf }),
    launch: (configuration) =>
      configuration.qemu ? launchQemu(configuration) : launch(configuration, nodeHost, readResources()),
    sourceRoot: sourceFolder,
    files: clientFiles,
    nextTurn: nodeHost.nextTurn,
    listenForGdb: listenOnLoopback,
    every(ms, callback) {
      const timer = setInterval(callback, ms);
      return { stop: () => clearInterval(timer) };
    },
  });
}

/** Loaded only when it is asked for: it needs Linux. */
async function launchQemu({ qemu, snapshot, stopOnEntry }: LaunchConfiguration): Promise<Debuggee> {
  const { QemuDebuggee } = require('../qemu/qemu-debuggee') as typeof import('../qemu/qemu-debuggee');
  const { when, output } = snapshot;
  return QemuDebuggee.start({
    qemu: qemu!,
    when: when as Trigger,
    output,
    host: nodeHost,
    course: readSource(courseFile),
    stopsOnEntry: stopOnEntry,
  });
}
