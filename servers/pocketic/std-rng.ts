/**
 * The random stream of Rust's `StdRng::from_seed` (rand 0.8): ChaCha with 12 rounds, a counter that starts at 0, and no nonce. Node's
 * crypto offers ChaCha only with 20 rounds.
 *
 * Source: D. J. Bernstein, "ChaCha, a variant of Salsa20"; rand_chacha 0.3.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- the indices are constants below 16, the size of every array here */

const BLOCK_WORDS = 16;
const BLOCK_BYTES = 4 * BLOCK_WORDS;
const DOUBLE_ROUNDS = 6;
/** "expand 32-byte k" */
const CONSTANTS = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
const COUNTER_WORD = 12;

/** Indices of the words of each quarter round: the columns, then the diagonals. */
const QUARTERS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** An endless stream of bytes. The seed has 32 bytes. */
export class StdRng {
  readonly #start = new Uint32Array(BLOCK_WORDS);
  #block: Uint8Array = new Uint8Array(0);

  constructor(seed: Uint8Array) {
    if (seed.length !== 32) throw new Error(`the seed has ${seed.length} bytes; expected 32 bytes`);
    const words = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
    this.#start.set(CONSTANTS);
    for (let i = 0; i < 8; i++) this.#start[CONSTANTS.length + i] = words.getUint32(4 * i, true);
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.#block.length === 0) this.#block = this.#next();
      const part = this.#block.subarray(0, length - filled);
      result.set(part, filled);
      filled += part.length;
      this.#block = this.#block.subarray(part.length);
    }
    return result;
  }

  #next(): Uint8Array {
    const start = this.#start;
    const state = start.slice();
    for (let i = 0; i < DOUBLE_ROUNDS; i++) for (const quarter of QUARTERS) mix(state, quarter);
    const out = new DataView(new ArrayBuffer(BLOCK_BYTES));
    for (const [i, word] of state.entries()) out.setUint32(4 * i, (word + start[i]!) >>> 0, true);
    start[COUNTER_WORD]!++;
    return new Uint8Array(out.buffer);
  }
}

function mix(state: Uint32Array, [a, b, c, d]: readonly [number, number, number, number]): void {
  const step = (to: number, add: number, rotated: number, bits: number): void => {
    state[to]! += state[add]!;
    const mixed = state[rotated]! ^ state[to]!;
    state[rotated] = (mixed << bits) | (mixed >>> (32 - bits));
  };
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}
