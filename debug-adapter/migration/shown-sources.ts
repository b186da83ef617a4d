/** The files of this folder that a user steps through: their text ships beside the adapter. */
export const shownSources = ['write-tracking-thread.ts', 'ram.ts', 'main-loop.ts'] as const;
