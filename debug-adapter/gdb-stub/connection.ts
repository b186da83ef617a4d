/** A client's, in whatever way it has come. */
export interface Connection {
  /** One listener each. */
  listen(listener: { onBytes(bytes: Uint8Array): void; onClose(): void }): void;
  send(bytes: Uint8Array): void;
  /** After what has been sent. */
  close(): void;
}

export interface Listener {
  readonly port: number;
  /** No other comes; those that are there stay. */
  close(): void;
}

/** Waits for clients on the loopback interface. @param port 0: any that is free. @throws Error with the reason in words */
export type Listen = (port: number, onConnection: (connection: Connection) => void) => Promise<Listener>;
