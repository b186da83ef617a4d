import { benchAnswers } from './answers';
import { benchArmedProtection } from './armed-protection';
import { benchBesideQemu } from './beside-qemu';
import { benchDataBreakpoints } from './data-breakpoints';
import { benchGuestMips } from './guest-mips';
import { benchKernelSource } from './kernel-source';
import { benchLinuxBoot } from './linux-boot';
import { benchLinuxWorkloads } from './linux-workloads';
import { benchPageMap } from './page-map';
import { benchPauses } from './pause-latency';
import { benchQuanta } from './quanta';
import { benchRealQemu } from './real-qemu';
import { benchSnapshots } from './snapshot-speed';
import { benchSteps } from './step-latency';
import { benchStream } from './stream-speed';
import { benchTimeTravel } from './time-travel';

type Part = (say: (line: string) => void) => void | Promise<void>;

const parts: readonly Part[] = [
  benchGuestMips,
  benchArmedProtection,
  benchQuanta,
  benchDataBreakpoints,
  benchLinuxBoot,
  benchLinuxWorkloads,
  benchStream,
  benchSnapshots,
  benchBesideQemu,
  benchRealQemu,
  benchPauses,
  benchAnswers,
  benchSteps,
  benchKernelSource,
  benchTimeTravel,
  benchPageMap,
];

/** One that fails keeps none of the others from being measured. */
async function main(): Promise<void> {
  for (const part of parts) {
    try {
      await part((line) => console.log(line));
    } catch (error) {
      console.error(`${part.name} has failed:`, error);
      process.exitCode = 1;
    }
  }
}

void main();
