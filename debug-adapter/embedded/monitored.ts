import { DebuggeeError } from '../debuggee/debuggee';
import { balloonPageCount, balloonStatus } from '../monitor/balloon';
import type { InfoTopic, Monitored } from '../monitor/monitor';
import { vmStatus } from './inspect';
import type { MainLoopCommands } from './main-loop-commands';
import { registerDump } from './register-dump';
import type { RunLoop } from './run-loop';
import type { Snapshots } from './snapshots';

/** What the monitor's commands do to the emulated machine and its snapshots. */
export function monitored(loop: RunLoop, commands: MainLoopCommands, snapshots: Snapshots): Monitored {
  const { machine, vmm } = loop;
  return {
    takeSnapshot: (output) => snapshots.take(loop.timeNs, output),
    savevm: (output) => snapshots.savevm(output),
    cancelSnapshot: () => snapshots.cancel(),
    setRunning: (isRunning) => commands.setRunning(isRunning),
    wakeUp() {
      if (!vmm.isSuspended) {
        throw new DebuggeeError('monitor-command', 'Unable to wake up: guest is not in suspended state');
      }
      commands.wakeUp();
    },
    setCapability: (name, state) => snapshots.setCapability(name, state),
    setParameter: (name, value) => snapshots.setParameter(name, value),
    setBalloon: (mebibytes) => commands.setBalloon(balloonPageCount(machine, mebibytes)),
    info(topic: InfoTopic) {
      switch (topic) {
        case 'balloon':
          return balloonStatus(machine);
        case 'registers':
          return registerDump(machine);
        case 'status':
          return vmStatus(vmm);
        default:
          return snapshots.info(topic);
      }
    },
  };
}
