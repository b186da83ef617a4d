/** What a packet wants the harts to do: go on, or one of them to step; `only`: the others are to stand still meanwhile. */
export interface Resume {
  /** As gdb numbers threads; undefined: any. */
  readonly step: { readonly thread: number | undefined } | undefined;
  readonly only: number | undefined;
}

/**
 * `vCont;ACTION[:THREAD]…` (gdb manual, "Packets"). A signal means nothing to a hart: `C` and `S` are `c` and `s`. The
 * leftmost action that fits a thread is its own. Undefined when it is no such packet.
 */
export function parseContinue(text: string): Resume | undefined {
  const parsed = text.split(';').map((part) => /^([cs]|[CS][0-9a-f]{1,2})(?::(-1|[0-9a-f]{1,8}))?$/.exec(part));
  const actions = parsed.flatMap((match) =>
    match ? [{ isStep: /^s/i.test(match[1]!), thread: threadOf(match[2]) }] : [],
  );
  if (actions.length === 0 || actions.length < parsed.length) return undefined;
  const step = actions.find(({ isStep }) => isStep);
  const chosen = step ?? actions[0]!;
  const others = actions.some((action) => action !== chosen);
  return { step: step && { thread: step.thread }, only: others ? undefined : chosen.thread };
}

/** Of a packet that names a thread: undefined for all of them, or any. */
export function threadOf(text: string | undefined): number | undefined {
  const number = text === undefined || text === '-1' ? 0 : Number.parseInt(text, 16);
  return number > 0 ? number : undefined;
}
