/** The language server as a worker of an extension host in a browser. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser';
import { serve } from './serve';

// A worker's own global is the port to who has started it.
const port = globalThis as unknown as DedicatedWorkerGlobalScope;
serve(createConnection(new BrowserMessageReader(port), new BrowserMessageWriter(port)));
