import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Pieces } from '../debuggee/pieces';
import type { CustomRequests } from '../protocol/messages';

interface Request<Arguments, Answer extends { body?: unknown } = { body?: unknown }> {
  readonly arguments: Arguments;
  readonly result: Answer['body'];
}

/** The requests that a session answers: their arguments and the body of the answer. */
export interface Requests extends CustomRequests {
  initialize: Request<Dap.InitializeRequestArguments, Dap.InitializeResponse>;
  launch: Request<Dap.LaunchRequestArguments>;
  attach: Request<Dap.AttachRequestArguments>;
  restart: Request<Dap.RestartArguments>;
  cancel: Request<Dap.CancelArguments>;
  configurationDone: Request<Dap.ConfigurationDoneArguments>;
  setBreakpoints: Request<Dap.SetBreakpointsArguments, Dap.SetBreakpointsResponse>;
  setFunctionBreakpoints: Request<Dap.SetFunctionBreakpointsArguments, Dap.SetFunctionBreakpointsResponse>;
  setInstructionBreakpoints: Request<Dap.SetInstructionBreakpointsArguments, Dap.SetInstructionBreakpointsResponse>;
  setExceptionBreakpoints: Request<Dap.SetExceptionBreakpointsArguments, Dap.SetExceptionBreakpointsResponse>;
  dataBreakpointInfo: Request<Dap.DataBreakpointInfoArguments, Dap.DataBreakpointInfoResponse>;
  setDataBreakpoints: Request<Dap.SetDataBreakpointsArguments, Dap.SetDataBreakpointsResponse>;
  breakpointLocations: Request<Dap.BreakpointLocationsArguments, Dap.BreakpointLocationsResponse>;
  exceptionInfo: Request<Dap.ExceptionInfoArguments, Dap.ExceptionInfoResponse>;
  threads: Request<undefined, Dap.ThreadsResponse>;
  stackTrace: Request<Dap.StackTraceArguments, Dap.StackTraceResponse>;
  scopes: Request<Dap.ScopesArguments, Dap.ScopesResponse>;
  variables: Request<Dap.VariablesArguments, Dap.VariablesResponse>;
  evaluate: Request<Dap.EvaluateArguments, Dap.EvaluateResponse>;
  completions: Request<Dap.CompletionsArguments, Dap.CompletionsResponse>;
  setVariable: Request<Dap.SetVariableArguments, Dap.SetVariableResponse>;
  setExpression: Request<Dap.SetExpressionArguments, Dap.SetExpressionResponse>;
  readMemory: Request<Dap.ReadMemoryArguments, Dap.ReadMemoryResponse>;
  writeMemory: Request<Dap.WriteMemoryArguments, Dap.WriteMemoryResponse>;
  disassemble: Request<Dap.DisassembleArguments, Dap.DisassembleResponse>;
  source: Request<Dap.SourceArguments, Dap.SourceResponse>;
  loadedSources: Request<Dap.LoadedSourcesArguments, Dap.LoadedSourcesResponse>;
  continue: Request<Dap.ContinueArguments, Dap.ContinueResponse>;
  pause: Request<Dap.PauseArguments>;
  gotoTargets: Request<Dap.GotoTargetsArguments, Dap.GotoTargetsResponse>;
  goto: Request<Dap.GotoArguments>;
  next: Request<Dap.NextArguments>;
  stepIn: Request<Dap.StepInArguments>;
  stepOut: Request<Dap.StepOutArguments>;
  stepBack: Request<Dap.StepBackArguments>;
  reverseContinue: Request<Dap.ReverseContinueArguments>;
  terminate: Request<Dap.TerminateArguments>;
  disconnect: Request<Dap.DisconnectArguments>;
}

type Result<Command extends keyof Requests> = Requests[Command]['result'];

export type Handlers = {
  readonly [Command in keyof Requests]: (
    args: Requests[Command]['arguments'],
  ) => Result<Command> | Promise<Result<Command>> | Pieces<Result<Command> | Promise<Result<Command>>>;
};
