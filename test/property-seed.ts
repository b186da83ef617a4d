/** Property tests draw the same inputs in every run, and `SEED=n` draws others; one that fails prints the seed. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 20_201_118) });
