/** What is kept in blocks, so that checkpoints share those that have not changed since. */
export class SharedBlocks<Block extends { slice(): Block }> {
  #blocks: Block[];
  /** Which of them nothing else has. */
  readonly #isOwn: boolean[];

  /** All of them are the one given until they are changed. */
  constructor(count: number, block: Block) {
    this.#blocks = new Array<Block>(count).fill(block);
    this.#isOwn = new Array<boolean>(count).fill(false);
  }

  /** Not to be changed. */
  at(index: number): Block {
    return this.#blocks[index]!;
  }

  toChange(index: number): Block {
    if (!this.#isOwn[index]) {
      this.#blocks[index] = this.#blocks[index]!.slice();
      this.#isOwn[index] = true;
    }
    return this.#blocks[index]!;
  }

  keep(): readonly Block[] {
    this.#isOwn.fill(false);
    return this.#blocks.slice();
  }

  putBack(blocks: readonly Block[]): void {
    this.#isOwn.fill(false);
    this.#blocks = blocks.slice();
  }
}
