import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { breakpointModes } from './data-breakpoints';
import { exceptionFilters } from './exception-filters';

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
  supportsSingleThreadExecutionRequests: true,
  supportsLoadedSourcesRequest: true,
  supportsTerminateRequest: true,
};
