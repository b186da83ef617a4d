/** What property tests draw their inputs from: the same in every run, unless `SEED=n` asks for others. */
import fc from 'fast-check';

export const propertySeed = Number(process.env.SEED ?? 20_201_118);

fc.configureGlobal({ seed: propertySeed });
