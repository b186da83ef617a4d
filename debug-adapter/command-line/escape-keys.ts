const ctrlA = 0x01;

/** Said where a terminal's keys go to a guest. */
export const escapeKeysHelp = 'Keys go to the guest; Ctrl-A X quits, Ctrl-A Ctrl-A sends Ctrl-A.';

/** Keys of a terminal on their way to a guest, with QEMU's way out: Ctrl-A begins what is not for the guest. */
export class EscapeKeys {
  #isEscaped = false;

  /** @returns what is for the guest; `isEnd`: the user wants to leave, and what was typed behind that is lost */
  filter(typed: Uint8Array): { readonly bytes: Uint8Array; readonly isEnd: boolean } {
    const bytes: number[] = [];
    for (const byte of typed) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        if (byte === 0x78 || byte === 0x58) return { bytes: Uint8Array.from(bytes), isEnd: true };
        if (byte === ctrlA) bytes.push(byte);
      } else if (byte === ctrlA) this.#isEscaped = true;
      else bytes.push(byte);
    }
    return { bytes: Uint8Array.from(bytes), isEnd: false };
  }
}
