import { launch } from '../launch';
import { FreezeframeSession } from '../session/freezeframe-session';
import type { GuestShelf } from '../session/guest-shelf';
import { nodeHost, readResources, sourceFolder } from './host';

/** A debug session in a Node process. @param shelf where a guest is left that outlives its client */
export function createSession(shelf?: GuestShelf): FreezeframeSession {
  return new FreezeframeSession({
    ...(shelf && { shelf }),
    launch: (configuration) => launch(configuration, nodeHost, readResources()),
    sourceRoot: sourceFolder,
    nextTurn: nodeHost.nextTurn,
    every(ms, callback) {
      const timer = setInterval(callback, ms);
      return { stop: () => clearInterval(timer) };
    },
  });
}
