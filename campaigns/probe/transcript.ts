/** The answers to the calls of a script, and what they say about its uploads. */
import { contentOf } from '../../model/content.js';
import { resultText } from '../../model/explain.js';
import type { Result } from '../../model/result.js';
import type { History, HistoryEvent } from '../../harness/history/history.js';
import type { CallNumber, Upload } from './script.js';

/** What a call got. */
export interface Answer {
  /** `undefined`: the call was not made, or it was never answered. */
  readonly result: Result | undefined;
  readonly isAccepted: boolean;
  /** The answer in words: `Ok`, `NotFound (no such upload)`, `no answer`. */
  readonly text: string;
  /** Positions of the call and of its answer in the history; −1 if there is none. */
  readonly invokedAt: number;
  readonly at: number;
  /** Instructions of the first message of the call. */
  readonly instructions: number;
}

/** What became of a file: `right` if it was read back byte for byte, or if it was finished and cannot be read. */
export type Fate = 'right' | 'wrong bytes' | 'not finished' | 'not readable';

type CallEvent = Extract<HistoryEvent, { call: number; operation: unknown }>;

export class Transcript {
  readonly history: History;
  readonly #answers = new Map<CallNumber, Answer>();

  constructor(history: History) {
    this.history = history;
    const calls = new Map<CallNumber, CallEvent[]>();
    for (const event of history.events) {
      if (!('operation' in event)) continue;
      const events = calls.get(event.call) ?? [];
      events.push(event);
      calls.set(event.call, events);
    }
    for (const [call, events] of calls) this.#answers.set(call, answerOf(events));
  }

  answer(call: CallNumber): Answer {
    return this.#answers.get(call) ?? NOT_MADE;
  }

  isAccepted(call: CallNumber): boolean {
    return this.answer(call).isAccepted;
  }

  /** Whether the read returned the bytes of the file. */
  hasRead(read: CallNumber, { file }: Pick<Upload, 'file'>): boolean {
    const { result } = this.answer(read);
    if (result?.kind !== 'blob') return false;
    return result.sha256 === Buffer.from(contentOf(file).sha256()).toString('hex');
  }

  /** @param read the call that reads the file; `undefined`: the interface has none */
  fate(upload: Upload, completion: CallNumber, read: CallNumber | undefined): Fate {
    // A last put that is accepted may still not finish the upload.
    if (this.fileId(completion) === undefined) return 'not finished';
    if (read === undefined || this.hasRead(read, upload)) return 'right';
    return this.answer(read).result?.kind === 'blob' ? 'wrong bytes' : 'not readable';
  }

  /** The id of the file that a call finished; `undefined` if it finished none. */
  fileId(call: CallNumber): string | undefined {
    const { result } = this.answer(call);
    return result?.kind === 'finished' ? result.blobId : undefined;
  }

  /** The id of the upload that a call began; `undefined` if it began none. */
  sessionId(call: CallNumber): string | undefined {
    const { result } = this.answer(call);
    return result?.kind === 'begun' ? result.sessionId : undefined;
  }

  /** Whether an upgrade or a restart of the script failed. */
  get interruptionFailure(): string | undefined {
    for (const event of this.history.events)
      if ((event.type === 'upgraded' || event.type === 'restarted') && event.failure !== undefined)
        return event.failure;
    return undefined;
  }
}

const NOT_MADE: Answer = {
  result: undefined,
  isAccepted: false,
  text: 'not made',
  invokedAt: -1,
  at: -1,
  instructions: 0,
};

function answerOf(events: readonly CallEvent[]): Answer {
  const answer: { -readonly [Field in keyof Answer]: Answer[Field] } = { ...NOT_MADE };
  for (const event of events) {
    if (event.type === 'invoke') answer.invokedAt = event.index;
    else if (event.type === 'delivered') answer.instructions = event.instructions;
    else if (event.type === 'ok' || event.type === 'fail') {
      answer.result = event.result;
      answer.isAccepted = event.type === 'ok';
      answer.text = firstLine(resultText(event.result));
      answer.at = event.index;
    } else {
      answer.text = event.type === 'info' ? event.reason : `not made: ${event.reason}`;
      answer.at = event.index;
    }
  }
  return answer;
}

/** Hashes are shortened: their first digits tell them apart. Of a trap, only its message stays. */
function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line
    .replace(
      /^reject (IC\d+): Error from Canister [\w-]+: Canister called `ic0\.trap` with message: '?(.*?)'?\.?$/,
      'trap ($1): $2',
    )
    .replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}
