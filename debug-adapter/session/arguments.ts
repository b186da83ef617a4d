import { z } from 'zod';
import { breakpointCountMax } from './breakpoints';
import { badArguments } from './errors';
import type { Requests } from './requests';

const wholeNumber = z.int({ error: 'expected a whole number' });
const count = wholeNumber.nonnegative({ error: 'expected zero or more' });
const number = z.number({ error: 'expected a number' });
const flag = z.boolean({ error: 'expected true or false' });
const anyText = z.string({ error: 'expected a string' });
/** A name, an address, a path. */
const text = anyText.max(4096, { error: 'expected at most 4096 characters' });
/** How long it may be is the parser's to say, of each breakpoint alone. */
const expression = anyText;

const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape, { error: 'expected an object' });
const list = <Item extends z.ZodType>(item: Item) => z.array(item, { error: 'expected a list' });

const source = object({ path: text.optional(), name: text.optional(), sourceReference: count.optional() });
const onThread = object({ threadId: wholeNumber });
const valueFormat = object({ hex: flag.optional() }).optional();
const conditional = {
  condition: expression.optional(),
  hitCondition: expression.optional(),
  logMessage: text.optional(),
};

/**
 * What the arguments of a request must be; a request that is not here takes any object. Lines and columns are as the client
 * counts them, and may be 0.
 */
const schemas: { readonly [Command in keyof Requests]?: z.ZodType } = {
  initialize: object({
    linesStartAt1: flag.optional(),
    columnsStartAt1: flag.optional(),
    pathFormat: text.optional(),
  }),
  restart: object({ arguments: object({}).optional() }).optional(),
  cancel: object({ requestId: wholeNumber.optional(), progressId: text.optional() }).optional(),
  setBreakpoints: object({ source, breakpoints: list(object({ line: count, ...conditional })).optional() }),
  setFunctionBreakpoints: object({ breakpoints: list(object({ name: expression, ...conditional })) }),
  setInstructionBreakpoints: object({
    breakpoints: list(object({ instructionReference: text, offset: wholeNumber.optional(), ...conditional })),
  }),
  setExceptionBreakpoints: object({
    filters: list(text),
    filterOptions: list(object({ filterId: text, ...conditional })).optional(),
  }),
  dataBreakpointInfo: object({
    name: expression,
    variablesReference: count.optional(),
    bytes: count.optional(),
    asAddress: flag.optional(),
  }),
  setDataBreakpoints: object({ breakpoints: list(object({ dataId: text, ...conditional })) }),
  breakpointLocations: object({ source, line: count, endLine: count.optional() }),
  stackTrace: object({ threadId: wholeNumber, startFrame: count.optional(), levels: count.optional() }),
  scopes: object({ frameId: wholeNumber }),
  variables: object({
    variablesReference: wholeNumber,
    start: count.optional(),
    count: count.optional(),
    format: valueFormat,
  }),
  // What is typed at the guest's console may be longer than an expression.
  evaluate: object({
    expression: anyText,
    frameId: wholeNumber.optional(),
    context: text.optional(),
    format: valueFormat,
  }),
  completions: object({ text: anyText, column: wholeNumber, frameId: wholeNumber.optional() }),
  setVariable: object({ variablesReference: wholeNumber, name: text, value: expression }),
  setExpression: object({ expression, value: expression, frameId: wholeNumber.optional() }),
  readMemory: object({ memoryReference: text, offset: wholeNumber.optional(), count }),
  writeMemory: object({ memoryReference: text, offset: wholeNumber.optional(), data: anyText }),
  disassemble: object({
    memoryReference: text,
    offset: wholeNumber.optional(),
    instructionOffset: wholeNumber.optional(),
    instructionCount: count,
  }),
  source: object({ source: source.optional(), sourceReference: count }),
  gotoTargets: object({ source, line: count }),
  goto: object({ threadId: wholeNumber, targetId: wholeNumber }),
  next: onThread,
  stepIn: onThread,
  stepOut: onThread,
  stepBack: onThread,
  reverseContinue: onThread,
  disconnect: object({ terminateDebuggee: flag.optional(), suspendDebuggee: flag.optional() }).optional(),
  'freezeframe.pageMap': object({ follow: flag.optional() }).optional(),
  'freezeframe.timeline': object({ follow: flag.optional() }).optional(),
  'freezeframe.selectThread': object({ thread: text }),
  'freezeframe.pageInfo': object({ page: wholeNumber, block: text.optional() }),
  'freezeframe.pageAtFreeze': object({ page: wholeNumber, block: text }),
  'freezeframe.listingOf': object({ address: text }),
  'freezeframe.findPage': object({ text, block: text.optional() }),
  'freezeframe.filterPages': object({
    thread: text.optional(),
    sinceNs: number.optional(),
    untilNs: number.optional(),
  }).optional(),
  'freezeframe.listingHints': object({ source }),
  'freezeframe.consoleInput': object({ bytes: anyText }),
  'freezeframe.stepBack': object({ threadId: wholeNumber, depth: text }),
  'freezeframe.lastWriter': object({
    address: text,
    byteCount: wholeNumber
      .min(1)
      .max(1 << 30)
      .optional(),
  }),
  'freezeframe.mark': object({ name: text }),
  'freezeframe.record': object({ folder: text.optional() }).optional(),
  'freezeframe.takeSnapshot': object({ output: text.min(1).optional() }).optional(),
};

const anyObject = object({}).optional();

/** Breakpoints that are too many are refused unread. */
function withoutSurplus(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const isLong = Object.values(value).some((field) => Array.isArray(field) && field.length > breakpointCountMax);
  if (!isLong) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      Array.isArray(field) ? field.slice(0, breakpointCountMax) : field,
    ]),
  );
}

/** @throws SessionError that names each argument that is wrong: where it stands, what was expected. */
export function checkArguments(command: keyof Requests, value: unknown): void {
  const parsed = (schemas[command] ?? anyObject).safeParse(withoutSurplus(value ?? undefined));
  if (parsed.success) return;
  const reasons = parsed.error.issues.slice(0, 5).map(({ path, message }) => {
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    return `\`${place.replace(/^\./, '') || 'arguments'}\`: ${message}`;
  });
  throw badArguments(command, reasons.join('; '));
}
