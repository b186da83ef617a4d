import { readFileSync } from 'node:fs';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import type { Host } from '../../debug-adapter/debuggee/host';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';

/** What one snapshot took. */
export interface OneSnapshot {
  /** On the clock on the wall. */
  readonly ms: number;
  /** Of processors. */
  readonly cpuMs: number;
  readonly pageCount: number;
  readonly zeroPageCount: number;
  readonly byteCount: number;
  /** The process's largest. */
  readonly residentByteCount: number;
}

/**
 * A process of its own: one snapshot of a running guest that ends nowhere, bundled as the debugger ships.
 *
 *     node bench-snapshot.js PROGRAM RAM ORACLE
 */
async function main([program, ram, oracle]: readonly string[]): Promise<void> {
  const host: Host = {
    ...nodeHost,
    reserveOutput: () => nowhere,
  };
  const configuration = parseLaunchConfiguration({
    program,
    ram,
    oracle: oracle === 'true',
    snapshot: { when: { ms: 400 }, output: 'nowhere' },
  });
  const debuggee = await launch(configuration, host, readResources());
  let [startedMs, endedMs, ending] = [0, 0, ''];
  let [cpuBefore, cpu] = [process.cpuUsage(), process.cpuUsage()];
  debuggee.onEvent((event) => {
    if (event.kind === 'phase' && event.phase === 'setup') {
      startedMs = performance.now();
      cpuBefore = process.cpuUsage();
    }
    if (event.kind !== 'message') return;
    endedMs = performance.now();
    cpu = process.cpuUsage(cpuBefore);
    ending = event.text;
    debuggee.pause();
  });
  await debuggee.run({ kind: 'continue' });
  const [, pages, zero, bytes] = /: (\d+) pages \((\d+) zero\), (\d+) bytes/.exec(ending) ?? [];
  if (bytes === undefined) throw new Error(`the snapshot did not come out right: ${ending}`);
  const result: OneSnapshot = {
    ms: endedMs - startedMs,
    cpuMs: (cpu.user + cpu.system) / 1000,
    pageCount: Number(pages),
    zeroPageCount: Number(zero),
    byteCount: Number(bytes),
    residentByteCount: Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  };
  process.stdout.write(JSON.stringify(result));
}

void main(process.argv.slice(2));
