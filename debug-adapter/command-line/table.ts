/** Lines of cells in columns: the first one to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumber = head.map((_, column) => rows.length > 0 && typeof rows[0]![column] === 'number');
  const lines = [head, ...rows].map((cells) => cells.map(String));
  const widths = head.map((_, column) => lines.reduce((width, cells) => Math.max(width, cells[column]!.length), 0));
  const pad = (cell: string, column: number) =>
    isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');
}
