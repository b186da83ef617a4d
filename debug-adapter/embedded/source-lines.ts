/** A place in a shown source. Lines count from 1. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/**
 * Where the actions of VMM threads stand in the sources that are shown: an action's label is the first argument, a string
 * literal, of the call that a `yield*` delegates to.
 */
export class SourceLines {
  readonly #lineOfLabel = new Map<string, SourceLine>();
  readonly #labelsOfLine = new Map<string, string[]>();

  /** @param sources text by file name. @throws Error when two actions share a label: nobody could tell them apart. */
  constructor(sources: ReadonlyMap<string, string>) {
    for (const [file, text] of sources) {
      for (const match of text.matchAll(/yield\*\s+\w+\(\s*'([^']+)'/g)) {
        const label = match[1]!;
        const line = text.slice(0, match.index).split('\n').length;
        const other = this.#lineOfLabel.get(label);
        if (other) throw new Error(`label ${label} stands at ${other.file}:${other.line} and at ${file}:${line}`);
        this.#lineOfLabel.set(label, { file, line });
        const key = keyOf(file, line);
        this.#labelsOfLine.set(key, [...(this.#labelsOfLine.get(key) ?? []), label]);
      }
    }
  }

  lineOf(label: string): SourceLine | undefined {
    return this.#lineOfLabel.get(label);
  }

  /** Labels of the actions on a line. */
  labelsAt(file: string, line: number): readonly string[] {
    return this.#labelsOfLine.get(keyOf(file, line)) ?? [];
  }

  /** The line nearest at or after `line` that has an action. */
  breakableLine(file: string, line: number): number | undefined {
    let nearest: number | undefined;
    for (const place of this.#lineOfLabel.values()) {
      if (place.file !== file || place.line < line) continue;
      if (nearest === undefined || place.line < nearest) nearest = place.line;
    }
    return nearest;
  }
}

function keyOf(file: string, line: number): string {
  return `${file}:${line}`;
}
