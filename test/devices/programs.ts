/** `PROGRAMS=200 SEED=7 npx mocha test/devices/…` makes so many programs of each kind, from that seed on. */
const programCount = Number(process.env.PROGRAMS ?? 1);
const firstSeed = Number(process.env.SEED ?? 20_261_125);

export const seeds: readonly number[] = Array.from({ length: programCount }, (_, index) => firstSeed + index);
