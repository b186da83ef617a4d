/** The language server as a process of its own. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { ProcessAssembler } from './process-assembler';
import { serve } from './serve';

serve(createConnection(ProposedFeatures.all), new ProcessAssembler());
