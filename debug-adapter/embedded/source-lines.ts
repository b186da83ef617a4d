/** A place in a shown source. Lines count from 1. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** An action of a VMM thread: its label, and the function that yields it as a stack frame names it. */
export interface ActionPlace {
  readonly routine: string;
  readonly label: string;
}

const routineOrLabel = /^(?:export )?function\* (\w+)|yield\*\s+(?!look\b)\w+\(\s*'([^']+)'/gm;

/**
 * Where the actions of VMM threads stand in the sources that are shown: an action's label is the first argument, a string
 * literal, of the call that a `yield*` delegates to, in the body of the function that a frame is named for.
 */
export class SourceLines {
  readonly #lines = new Map<string, SourceLine>();
  readonly #texts: ReadonlyMap<string, readonly string[]>;
  readonly #actions = new Map<string, ActionPlace[]>();

  /** @param sources text by file name. @throws Error when two actions could not be told apart. */
  constructor(sources: ReadonlyMap<string, string>) {
    this.#texts = new Map([...sources].map(([file, text]) => [file, text.split('\n')]));
    const files = new Map<string, string>();
    for (const [file, text] of sources) {
      let routine = '';
      let [line, at] = [1, 0];
      for (const match of text.matchAll(routineOrLabel)) {
        const [, functionName, label] = match;
        for (; at < match.index; at++) if (text[at] === '\n') line++;
        if (functionName !== undefined) {
          const other = files.get(functionName);
          if (other) throw new Error(`function ${functionName} stands in ${other} and in ${file}`);
          files.set(functionName, file);
          routine = functionName;
        } else this.#add({ routine, label: label! }, { file, line });
      }
    }
  }

  /** Line by line. */
  text(file: string): readonly string[] {
    return this.#texts.get(file) ?? [];
  }

  lineOf({ routine, label }: ActionPlace): SourceLine | undefined {
    return this.#lines.get(`${routine} ${label}`);
  }

  /** The actions on a line. */
  actionsAt(file: string, line: number): readonly ActionPlace[] {
    return this.#actions.get(`${file}:${line}`) ?? [];
  }

  /** The line nearest at or after `line` that has an action. */
  breakableLine(file: string, line: number): number | undefined {
    let nearest: number | undefined;
    for (const place of this.#lines.values()) {
      if (place.file !== file || place.line < line) continue;
      if (nearest === undefined || place.line < nearest) nearest = place.line;
    }
    return nearest;
  }

  #add(action: ActionPlace, place: SourceLine): void {
    const other = this.lineOf(action);
    if (other) {
      const { routine, label } = action;
      throw new Error(
        `label ${label} of ${routine} stands at ${other.file}:${other.line} and at ${place.file}:${place.line}`,
      );
    }
    this.#lines.set(`${action.routine} ${action.label}`, place);
    const key = `${place.file}:${place.line}`;
    this.#actions.set(key, [...(this.#actions.get(key) ?? []), action]);
  }
}
