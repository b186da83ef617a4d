import { benchGuestMips } from './guest-mips';
import { benchSnapshots } from './snapshot-speed';

async function main(): Promise<void> {
  const say = (line: string): void => console.log(line);
  await benchGuestMips(say);
  await benchSnapshots(say);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
