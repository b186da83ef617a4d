import type { OutputReservation } from '../../debug-adapter/debuggee/host';

/** Output that is not kept. */
export const nowhere: OutputReservation = {
  isFor: () => true,
  replaces: () => false,
  begin: () => ({
    create: (path) => ({ path, write: () => undefined }),
    commit: () => undefined,
    abandon: () => {},
  }),
  release: () => {},
};
