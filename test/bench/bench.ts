import { benchArmedProtection } from './armed-protection';
import { benchBesideQemu } from './beside-qemu';
import { benchDataBreakpoints } from './data-breakpoints';
import { benchGuestMips } from './guest-mips';
import { benchKernelSource } from './kernel-source';
import { benchLinuxBoot } from './linux-boot';
import { benchPageMap } from './page-map';
import { benchPauses } from './pause-latency';
import { benchQuanta } from './quanta';
import { benchRealQemu } from './real-qemu';
import { benchSnapshots } from './snapshot-speed';
import { benchSteps } from './step-latency';
import { benchStream } from './stream-speed';
import { benchTimeTravel } from './time-travel';

async function main(): Promise<void> {
  const say = (line: string): void => console.log(line);
  await benchGuestMips(say);
  benchArmedProtection(say);
  benchQuanta(say);
  await benchDataBreakpoints(say);
  await benchLinuxBoot(say);
  benchStream(say);
  await benchSnapshots(say);
  await benchBesideQemu(say);
  await benchRealQemu(say);
  await benchPauses(say);
  await benchSteps(say);
  await benchKernelSource(say);
  await benchTimeTravel(say);
  await benchPageMap(say);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
