export function ensureRiscvEsbuild(): Promise<string>;
