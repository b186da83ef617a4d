import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import { breakpointModes } from './data-breakpoints';
import { exceptionFilters } from './exception-filters';

/** Where a guest can outlive its session. */
export const shelfCapabilities: Dap.Capabilities = {
  supportTerminateDebuggee: true,
  supportSuspendDebuggee: true,
};

/** What a session can do. Nothing stands here that is not answered in full. */
export const capabilities: Dap.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsInstructionBreakpoints: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  breakpointModes: [...breakpointModes],
  supportsBreakpointLocationsRequest: true,
  supportsExceptionFilterOptions: true,
  supportsExceptionInfoRequest: true,
  exceptionBreakpointFilters: [...exceptionFilters],
  supportsEvaluateForHovers: true,
  supportsClipboardContext: true,
  supportsValueFormattingOptions: true,
  supportsDelayedStackTraceLoading: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['.', '$'],
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsGotoTargetsRequest: true,
  supportsSteppingGranularity: true,
  supportsStepBack: true,
  supportsSingleThreadExecutionRequests: true,
  supportsLoadedSourcesRequest: true,
  supportsTerminateRequest: true,
  supportsRestartRequest: true,
  supportsCancelRequest: true,
  supportsANSIStyling: true,
};

/** Which of these a debuggee cannot, as a `capabilities` event tells it; undefined: it can all. */
export function lacking({ abilities, history }: Debuggee): Dap.Capabilities | undefined {
  const without: Dap.Capabilities = {
    ...(!history && { supportsStepBack: false }),
    ...(!abilities.has('instructions') && {
      supportsFunctionBreakpoints: false,
      supportsInstructionBreakpoints: false,
      supportsSteppingGranularity: false,
    }),
    ...(!abilities.has('watch') && { supportsDataBreakpoints: false, supportsDataBreakpointBytes: false }),
    ...(!abilities.has('write') && {
      supportsSetVariable: false,
      supportsSetExpression: false,
      supportsWriteMemoryRequest: false,
      supportsGotoTargetsRequest: false,
    }),
  };
  return Object.keys(without).length > 0 ? without : undefined;
}
