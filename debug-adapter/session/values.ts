import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import { completions } from './completions';
import { dataBreakpointInfo } from './data-breakpoints';
import { evaluate, setExpression, withEnumerators } from './evaluate';
import { compileExpression } from './expressions';
import type { LiveDebuggee } from './live-debuggee';

/** Requests that show values, or set them: registers, variables, expressions. */
export class Values {
  constructor(
    private readonly debuggee: Debuggee,
    private readonly live: Pick<LiveDebuggee, 'frames' | 'run' | 'variables' | 'writes' | 'placeOf'>,
  ) {}

  scopes({ frameId }: Dap.ScopesArguments): Dap.ScopesResponse['body'] {
    const { frames, variables } = this.live;
    const { thread, index } = frames.place(frameId);
    const scopes = this.debuggee.scopes(thread, index);
    return { scopes: scopes.map((scope) => variables.scope(scope, { thread, index }, frameId)) };
  }

  variables(args: Dap.VariablesArguments): Dap.VariablesResponse['body'] {
    return { variables: this.live.variables.list(args) };
  }

  evaluate(args: Dap.EvaluateArguments): Dap.EvaluateResponse['body'] {
    return evaluate(this.debuggee, this.live.placeOf(args), args, this.live);
  }

  async completions(args: Dap.CompletionsArguments): Promise<Dap.CompletionsResponse['body']> {
    return { targets: await completions(this.debuggee, this.live.placeOf(args), args) };
  }

  setExpression(args: Dap.SetExpressionArguments): Dap.SetExpressionResponse['body'] {
    return setExpression(this.debuggee, this.live.placeOf(args), args, this.live);
  }

  setVariable(args: Dap.SetVariableArguments): Dap.SetVariableResponse['body'] {
    const { variables, writes } = this.live;
    const { place, variable } = variables.settable(args);
    const { source } = variable;
    if (source) {
      const names = withEnumerators(this.debuggee.names(place.thread, place.index), source);
      writes.setValue(place.thread, source, compileExpression(args.value).evaluate({ names }));
      return variables.set(source.again(), args);
    }
    const register = { expression: `$${args.name}`, value: args.value };
    setExpression(this.debuggee, { ...place, index: 0 }, register, this.live);
    const value = this.debuggee.names(place.thread).lookup(args.name) as bigint;
    return variables.set({ ...variable, value }, args);
  }

  /** Of a register in Variables: of the memory it points to. */
  *dataBreakpointInfo(args: Dap.DataBreakpointInfoArguments): Pieces<Dap.DataBreakpointInfoResponse['body']> {
    const { name, variablesReference } = args;
    if (!variablesReference) return yield* dataBreakpointInfo(this.debuggee, this.live.placeOf(args), args);
    const { place, variable, isRegister } = this.live.variables.named(variablesReference, name);
    if (isRegister) return yield* dataBreakpointInfo(this.debuggee, { ...place, index: 0 }, args);
    if (variable?.source?.address === undefined) return { dataId: null, description: `${name} is not in guest memory` };
    return yield* dataBreakpointInfo(this.debuggee, place, args, variable.source);
  }
}
