export interface Module {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly aliases: readonly string[];
  readonly needs: readonly Module[];
}
export function modulesWithNeeds(folder: string, names: readonly string[]): readonly Module[];
export function moduleBytes(folder: string, name: string): Buffer;
