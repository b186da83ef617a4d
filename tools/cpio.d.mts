export type Entry =
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'program' | 'file'; readonly bytes: Uint8Array }
  | { readonly path: string; readonly kind: 'character device'; readonly major: number; readonly minor: number };
export function cpioArchive(entries: readonly Entry[]): Buffer;
