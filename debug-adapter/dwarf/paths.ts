/** With slashes, and without `.` and `..`, as an editor has it; what is relative lies from `folder`. */
export function absolutePath(folder: string, path: string): string {
  const [start, given] = [folder, path].map((each) => each.replaceAll('\\', '/'));
  const all = isAbsolute(given!) ? given! : `${start}/${given}`;
  const root = /^([a-z][a-z0-9+.-]*:)?\//i.exec(all)?.[0] ?? '';
  const parts: string[] = [];
  for (const part of all.slice(root.length).split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return root + parts.join('/');
}

export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return end < 0 ? '' : path.slice(0, end);
}

export function baseNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function isAbsolute(path: string): boolean {
  return /^([a-z][a-z0-9+.-]*:)?\//i.test(path);
}
