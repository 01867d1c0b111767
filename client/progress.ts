/** The progress of a lane: bytes, rate over the last seconds, and time left. */
import type { Clock } from './clock.js';
import { printable } from './printable.js';

/** Lane `A` uploads the original, lane `B` the derivatives. */
export type Lane = 'A' | 'B';

export type LanePhase = 'processing' | 'uploading' | 'finishing' | 'verifying' | 'done';

export interface LaneProgress {
  readonly lane: Lane;
  /** The name of the file. */
  readonly name: string;
  readonly phase: LanePhase;
  /** Bytes of this phase: uploaded bytes, including those of earlier attempts, or bytes read back. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Bytes that an earlier attempt had already uploaded. */
  readonly bytesResumed: number;
  /** Average of the last 10 s. `null` until the first bytes are transferred. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export type ProgressListener = (progress: LaneProgress) => void;

/** The window of the rate: long compared with a chunk of 1.8 MB, short enough to show a slower connection. */
const WINDOW_MS = 10_000;

/** Counts the bytes of one lane and notifies the listener. */
export class ProgressMeter {
  #phase: LanePhase = 'uploading';
  #done = 0;
  #total = 0;
  #resumed = 0;
  #samples: { at: number; moved: number }[] = [];
  #moved = 0;

  readonly #clock: Clock;
  readonly #lane: Lane;
  #name: string;
  readonly #listener: ProgressListener | undefined;

  constructor(clock: Clock, lane: Lane, name: string, listener: ProgressListener | undefined) {
    this.#clock = clock;
    this.#lane = lane;
    this.#name = name;
    this.#listener = listener;
  }

  /** Starts a phase, and resets the counters and the rate. */
  begin(phase: LanePhase, bytesTotal: number, name = this.#name): void {
    this.#name = name;
    this.#start(phase, bytesTotal, 0);
  }

  /** Starts the last phase, `done`. */
  end(bytesTotal: number): void {
    this.#start('done', bytesTotal, bytesTotal);
  }

  #start(phase: LanePhase, bytesTotal: number, bytesThere: number): void {
    this.#phase = phase;
    this.#done = bytesThere;
    this.#total = bytesTotal;
    this.#resumed = bytesThere;
    this.#moved = 0;
    this.#samples = [{ at: this.#clock.now(), moved: 0 }];
    this.#tell();
  }

  /** Adds bytes that need no transfer. They do not count towards the rate. */
  resume(bytes: number): void {
    this.#done += bytes;
    this.#resumed += bytes;
    this.#tell();
  }

  add(bytes: number): void {
    this.#done += bytes;
    this.#moved += bytes;
    const now = this.#clock.now();
    this.#samples.push({ at: now, moved: this.#moved });
    // The oldest sample is the last one before the window, so that the rate covers the whole window.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) <= now - WINDOW_MS)
      this.#samples.shift();
    this.#tell();
  }

  snapshot(): LaneProgress {
    const rate = this.#rate();
    const left = this.#total - this.#done;
    return {
      lane: this.#lane,
      name: this.#name,
      phase: this.#phase,
      bytesDone: this.#done,
      bytesTotal: this.#total,
      bytesResumed: this.#resumed,
      bytesPerSecond: rate,
      secondsLeft: rate === null || rate === 0 ? null : left / rate,
    };
  }

  #rate(): number | null {
    const first = this.#samples[0];
    if (first === undefined || this.#moved === 0) return null;
    const elapsed = this.#clock.now() - first.at;
    return elapsed <= 0 ? null : ((this.#moved - first.moved) / elapsed) * 1000;
  }

  #tell(): void {
    this.#listener?.(this.snapshot());
  }
}

/** Formats progress in one line, such as `A cat.jpg  [########------------]  42 %  8.8 of 21.0 MB  2.1 MB/s  6 s left`. */
export function formatProgress(progress: LaneProgress, barWidth = 20): string {
  const { lane, name, phase, bytesDone, bytesTotal } = progress;
  const share = bytesTotal === 0 ? (phase === 'done' ? 1 : 0) : Math.min(bytesDone / bytesTotal, 1);
  const full = Math.round(share * barWidth);
  const bar = '#'.repeat(full) + '-'.repeat(barWidth - full);
  const parts = [`${lane} ${printable(name)}`, `[${bar}]`, `${Math.floor(share * 100)} %`.padStart(5)];
  parts.push(`${megabytes(bytesDone)} of ${megabytes(bytesTotal)} MB`);
  if (progress.bytesPerSecond !== null) parts.push(`${megabytes(progress.bytesPerSecond)} MB/s`);
  if (progress.secondsLeft !== null && phase !== 'done')
    parts.push(`${formatSeconds(progress.secondsLeft)} left`);
  if (phase !== 'uploading') parts.push(phase);
  return parts.join('  ');
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
