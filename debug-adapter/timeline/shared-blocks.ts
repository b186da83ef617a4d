/** What is kept in blocks, so that checkpoints share those that have not changed since. */
export class SharedBlocks<Block extends { slice(): Block }> {
  #blocks: Block[];
  /** Which of them no checkpoint has. */
  readonly #isOwn: boolean[];

  constructor(blocks: Block[]) {
    this.#blocks = blocks;
    this.#isOwn = blocks.map(() => true);
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
