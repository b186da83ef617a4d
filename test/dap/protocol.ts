import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { CustomEvents } from '../../debug-adapter/protocol/messages';
import type { Requests } from '../../debug-adapter/session/requests';

/** Bodies of the events that a session sends. */
interface Events extends CustomEvents {
  breakpoint: Dap.BreakpointEvent['body'];
  capabilities: Dap.CapabilitiesEvent['body'];
  continued: Dap.ContinuedEvent['body'];
  exited: Dap.ExitedEvent['body'];
  initialized: Dap.InitializedEvent['body'];
  invalidated: Dap.InvalidatedEvent['body'];
  memory: Dap.MemoryEvent['body'];
  output: Dap.OutputEvent['body'];
  progressEnd: Dap.ProgressEndEvent['body'];
  progressStart: Dap.ProgressStartEvent['body'];
  progressUpdate: Dap.ProgressUpdateEvent['body'];
  stopped: Dap.StoppedEvent['body'];
  terminated: Dap.TerminatedEvent['body'];
  thread: Dap.ThreadEvent['body'];
}

/** All that may be said in a session, as types: the schema that messages are held against is made of it. */
export interface Protocol {
  requests: Requests;
  events: Events;
}
