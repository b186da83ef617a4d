import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Names } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import type { SourceValue } from '../debuggee/thread';
import { notStopped } from './errors';
import { compileExpression } from './expressions';
import type { Place } from './frames';
import { gdbCommand } from './gdb-commands';
import { memoryReference } from './memory';
import type { Operand } from './operators';
import { type Notation, valueText } from './value-text';
import type { VariableHandles } from './variables';
import type { Writes } from './writes';

const help = `Expressions, as in C:
  numbers      80, 0x50, 0b101, 0xffff_0000
  registers    a0, x10, pc, mstatus (or $a0, …), of the selected frame's hart
  symbols      main, main + 0x10
  variables    task->pid, list[3], *next, &list[1]: of the selected frame's source, or of all of it; registers go first
  memory       *address, *(u32 *)address, ((u8 *)a0)[3], u32(address); &*address
  casts        (u8)a0, (i32)a0, … (uint8_t, …); signed(a0); (struct page *)a0, sizeof(struct page)
  assignment   a0 = 5, *(u32 *)(sp + 8) = 1, *sp += 2, pc = main, task->pid = 1
  snapshot     phase, pagesSent, pagesLeft, faultsServed
  others       thread, hart (its number), time (ns)
  operators    + - * / % & | ^ ~ << >> == != < <= > >= && || ! ?:
x/8xw $sp      memory as gdb shows it: x d u o t a c numbers of b h w g bytes, i instructions, s strings
p/x a0         a value as gdb shows it; p a0
info registers a0 pc; all without names
bt             the selected thread's stack
monitor help   commands of QEMU's monitor: take and cancel a snapshot, pause the VM, …
goto 12.5ms    another instant of this run, past or later: goto start, goto instruction 1000
goto fault 17  the 17th write fault; goto save the last entry of that phase, goto save 1 the first
became x       when the page at address x came into its state; goto became x
mark here      goto here returns to this instant; marks lists them
histories      those that were left for a new one; goto history 1
until x        a real QEMU: run until the page at address x, or with that number, is sent
last-writer x  who wrote last to address x (last-writer x, 8: to any of 8 bytes); then goto write
> text         types text and a newline at the guest's console
wait           make the write that page protection has stopped when the guest continues
help           this
`;

/** What an evaluation acts on besides the debuggee. */
interface Session {
  readonly run: { readonly isRunning: boolean };
  readonly writes: Writes;
  readonly variables: VariableHandles;
}

/** Evaluates from the point of view of a thread's frame. */
export function evaluate(
  debuggee: Debuggee,
  { thread, index }: Place,
  { expression, context, format }: Dap.EvaluateArguments,
  { run, writes, variables: handles }: Session,
): Dap.EvaluateResponse['body'] {
  const isTyped = context === 'repl';
  if (isTyped && expression.trim() === 'help') return { result: help, variablesReference: 0 };
  if (isTyped && expression.trim() === 'wait') {
    if (run.isRunning) throw notStopped();
    return { result: writes.wait(), variablesReference: 0 };
  }
  const evaluateText = (text: string): Operand =>
    compileExpression(text).evaluate({
      names: debuggee.names(thread, index),
      // A watch or a hover is evaluated again and again: it changes nothing. A guest that runs is only looked at.
      ...(isTyped && !run.isRunning && { store: writes.storeOf({ thread, index }) }),
    });
  const printed = isTyped ? gdbCommand(expression, { debuggee, thread, evaluate: evaluateText }) : undefined;
  if (printed !== undefined) return { result: printed, variablesReference: 0 };
  const value = evaluateText(expression);
  return resultOf(value, expression, { thread, index }, handles, {
    isBare: context === 'clipboard',
    inHex: format?.hex ?? false,
  });
}

/** Stores the value of one expression where another says. */
export function setExpression(
  debuggee: Debuggee,
  place: Place,
  { expression, value, format }: Dap.SetExpressionArguments,
  { writes, variables: handles }: Session,
): Dap.SetExpressionResponse['body'] {
  const scope = { names: debuggee.names(place.thread, place.index), store: writes.storeOf(place) };
  const target = compileExpression(expression);
  const source = target.source(scope);
  const names = source ? withEnumerators(scope.names, source) : scope.names;
  target.assign(compileExpression(value).evaluate({ names }), scope);
  const inHex = format?.hex ?? false;
  const { result, ...rest } = resultOf(target.evaluate(scope), expression, place, handles, { inHex });
  return { value: result, ...rest };
}

/** What the type of a value calls by its name, has that name where one is chosen for it. */
export function withEnumerators(names: Names, source: SourceValue): Names {
  return { ...names, lookup: (name) => source.enumerator(name) ?? names.lookup(name) };
}

function resultOf(
  value: Operand,
  expression: string,
  place: Place,
  handles: VariableHandles,
  notation: Notation,
): Dap.EvaluateResponse['body'] {
  const source = typeof value === 'object' ? value.source : undefined;
  const address = typeof value === 'bigint' && value >= 0n ? value : source?.address;
  return {
    result: valueText(value, notation),
    type: source?.type ?? (typeof value === 'bigint' ? 'number' : typeof value),
    variablesReference: typeof value === 'object' ? handles.unfold(expression, value, place) : 0,
    ...(address !== undefined && { memoryReference: memoryReference(address) }),
  };
}

/** The bytes that a line of the debug console types at the guest's console; undefined when it is an expression. */
export function typedLine({ expression, context }: Dap.EvaluateArguments): Uint8Array | undefined {
  if (context !== 'repl' || !expression.startsWith('>')) return undefined;
  return new TextEncoder().encode(`${expression.slice(1).replace(/^ /, '')}\n`);
}

/** The page until which a line of the debug console lets the threads go on; undefined when it says none. */
export function untilPage({ expression, context }: Dap.EvaluateArguments): string | undefined {
  return context === 'repl' ? /^\s*until\s+(.+?)\s*$/.exec(expression)?.[1] : undefined;
}

/** The command that a line of the debug console has for QEMU's monitor; undefined when it is none. */
export function monitorLine({ expression, context }: Dap.EvaluateArguments): string | undefined {
  return context === 'repl' ? /^\s*monitor(?:\s+(.*))?$/s.exec(expression)?.slice(1).join('') : undefined;
}
