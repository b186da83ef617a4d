export const noticesFile: string;
export function thirdPartyNotices(paths: readonly string[]): string;
