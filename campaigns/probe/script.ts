/** Writes a small schedule call by call, and remembers which call is which. */
import { chunkCount } from '../../model/content.js';
import type { ChunkData, FileRecipe, HashArgument, Operation, Step } from '../../model/schedule.js';
import type { Shape } from '../../targets/shape.js';

/** The number of a call in its script. */
export type CallNumber = number;

/** An upload of a script. */
export interface Upload {
  readonly label: string;
  readonly file: FileRecipe;
  readonly begin: CallNumber;
}

interface ByAnother {
  /** Another caller than the owner. */
  readonly by?: number;
  /** The call stays in flight until `deliver` or `settle`. */
  readonly hold?: boolean;
}

export interface BeginOptions {
  readonly caller?: number;
  /** Default: a key of its own. */
  readonly key?: string;
}

/** Any length of time: a client that has waited for an answer makes its next call in a later round. */
export const BETWEEN_CALLS_SECONDS = 0.001;

const RIGHT: ChunkData = { kind: 'right' };

export class Script {
  readonly steps: Step[] = [];
  readonly files: FileRecipe[] = [];
  readonly #shape: Shape;
  /** In bytes. */
  readonly chunkSize: number;
  #calls = 0;

  constructor(shape: Shape, chunkSize: number) {
    this.#shape = shape;
    this.chunkSize = chunkSize;
  }

  /** Begins an upload. If the first put begins it, no call is made here. */
  begin(file: FileRecipe, { caller = 0, key }: BeginOptions = {}): Upload {
    const index = this.files.push(file) - 1;
    const label = labelOf(index);
    const begin = this.#call(
      { op: 'begin', session: label, file: index, caller, key: key ?? `key-${label}` },
      {},
    );
    return { label, file, begin };
  }

  put({ label }: Upload, index: number, { data = RIGHT, ...by }: ByAnother & { data?: ChunkData } = {}) {
    return this.#call({ op: 'put', session: label, index, data, ...callerOf(by) }, by);
  }

  finish(
    { label }: Upload,
    { hash = 'right', lengthOff = 0, ...by }: ByAnother & { hash?: HashArgument; lengthOff?: number } = {},
  ): CallNumber {
    return this.#call({ op: 'finish', session: label, hash, lengthOff, ...callerOf(by) }, by);
  }

  abort({ label }: Upload, by: ByAnother = {}): CallNumber {
    return this.#call({ op: 'abort', session: label, ...callerOf(by) }, by);
  }

  pause({ label }: Upload): CallNumber {
    return this.#call({ op: 'pause', session: label }, {});
  }

  status({ label }: Upload, by: ByAnother = {}): CallNumber {
    return this.#call({ op: 'status', session: label, ...callerOf(by) }, {});
  }

  /** Reads the whole file. */
  read({ label }: Upload, by: ByAnother = {}): CallNumber {
    return this.#call({ op: 'read', session: label, ...callerOf(by) }, {});
  }

  list(caller: number): CallNumber {
    return this.#call({ op: 'list', caller }, {});
  }

  /**
   * Puts every chunk in order, except those that were put already, and finishes the upload.
   * @returns the call that completes the upload: the finish, or the last put
   */
  complete(upload: Upload, { without = [] }: { readonly without?: readonly number[] } = {}): CallNumber {
    let last = this.#calls - 1;
    for (const index of this.indices(upload)) if (!without.includes(index)) last = this.put(upload, index);
    return this.#shape.finish === 'implied' ? last : this.finish(upload);
  }

  /** The indices of the file's chunks. */
  indices({ file }: Upload): readonly number[] {
    // Without a begin or a finish, an empty file is one empty chunk.
    const { begin, finish } = this.#shape;
    const length = Math.max(
      chunkCount(file.bytes, this.chunkSize),
      begin === 'implied' || finish === 'implied' ? 1 : 0,
    );
    return Array.from({ length }, (_, index) => index);
  }

  upgrade(): void {
    this.steps.push({ do: 'upgrade' }, { do: 'drain' });
  }
  restart(): void {
    this.steps.push({ do: 'restart' }, { do: 'drain' });
  }
  wait(seconds: number): void {
    this.steps.push({ do: 'advance', seconds }, { do: 'drain' });
  }
  /** Delivers one message of a call in flight. */
  deliver(pick = 0): void {
    this.steps.push({ do: 'deliver', pick });
  }
  /** Delivers everything that is in flight. */
  settle(): void {
    this.steps.push({ do: 'drain' });
  }

  /** A call that is not held is delivered to its end before the next one. */
  #call(operation: Operation, { hold = false }: ByAnother): CallNumber {
    if (hold) this.steps.push({ do: 'call', lane: this.#calls, operation, hold: true });
    else {
      if (this.#calls > 0) this.steps.push({ do: 'advance', seconds: BETWEEN_CALLS_SECONDS });
      this.steps.push({ do: 'call', lane: 0, operation }, { do: 'drain' });
    }
    return this.#calls++;
  }

  /** Delivers the first message of a call and leaves its other messages in flight. */
  finishFirstMessage({ label }: Upload): CallNumber {
    this.steps.push({
      do: 'call',
      lane: 0,
      operation: { op: 'finish', session: label, hash: 'right', lengthOff: 0 },
    });
    return this.#calls++;
  }
}

function callerOf({ by }: ByAnother): { readonly by?: number } {
  return by === undefined ? {} : { by };
}

/** `A`, `B`, …, `Z`, `A2`, … */
function labelOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26) + 1}`;
}
