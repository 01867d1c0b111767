/** The progress bars of an upload, one line per lane. */
import { formatProgress, type LaneProgress } from '../../client/progress.js';
import type { Terminal } from './terminal.js';

/** A fast upload reports progress hundreds of times per second; terminals cannot show that. */
const EVERY_MS = 50;

export class UploadBars {
  readonly #lanes = new Map<LaneProgress['lane'], LaneProgress>();
  #shownAt = -Infinity;

  readonly #terminal: Terminal;
  readonly #now: () => number;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  show(progress: LaneProgress): void {
    const changed = this.#lanes.get(progress.lane)?.phase !== progress.phase;
    this.#lanes.set(progress.lane, progress);
    if (!changed && this.#now() - this.#shownAt < EVERY_MS) return;
    this.#shownAt = this.#now();
    const lanes = [...this.#lanes.values()].sort((a, b) => (a.lane < b.lane ? -1 : 1));
    this.#terminal.live(lanes.map((lane) => formatProgress(lane)).join('\n'));
  }

  /** Removes the bars before the next file. */
  end(): void {
    this.#lanes.clear();
    this.#terminal.clear();
  }
}
