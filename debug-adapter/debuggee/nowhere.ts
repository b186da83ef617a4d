import type { OutputReservation } from './host';

/** Output that is not kept: no name is reserved for it. */
export const nowhere: OutputReservation = {
  isNowhere: true,
  isFor: () => true,
  replaces: () => false,
  begin: () => ({
    create: (path) => ({ path, write: () => undefined, writeZeros: () => undefined, copyTo: () => undefined }),
    commit: () => undefined,
    isInPlace: () => true,
    abandon: () => {},
  }),
  release: () => {},
};
