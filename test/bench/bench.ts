import { benchGuestMips } from './guest-mips';

async function main(): Promise<void> {
  await benchGuestMips((line) => console.log(line));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
