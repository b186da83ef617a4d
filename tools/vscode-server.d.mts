export const quietWorkbench: Record<string, unknown>;
export function ensureVscodeServer(): Promise<void>;
export function startVscodeServer(options: {
  dataFolder: string;
  extensionsFolder: string;
  settings?: object;
  port?: number;
  quiet?: boolean;
  honoursPayload?: boolean;
}): Promise<{ port: number; log: () => string; ended: Promise<void>; stop: () => Promise<void> }>;
export function workbenchUrl(
  port: number,
  what: { folder: string; extension?: string; tests?: string; welcome?: boolean },
): string;
export function linkExtension(extension: string, extensionsFolder: string): void;
export function installExtension(
  vsix: string,
  folders: { dataFolder: string; extensionsFolder: string },
): Promise<void>;
export function freePort(): Promise<number>;
