/** What goes between `bench` and its worker thread. Plain data. */
import type { ChunkSizeSweep } from '../../reports/documents/bench-report.js';
import type { ScalingReport } from '../../reports/documents/scaling-report.js';
import type { SubjectSpec } from '../subject/subject.js';

export interface BenchJob {
  readonly subject: SubjectSpec;
  readonly replica: 'embedded' | 'pocketic';
  /** Bytes. */
  readonly fileSize: number;
  readonly chunkSizes: readonly number[];
  readonly parallel: readonly number[];
  readonly blockSeconds: number;
  readonly wallSamples: number;
  /** Undefined: the sweep; else sizes of uploads in bytes and numbers of sessions. */
  readonly scaling:
    { readonly uploadBytes: readonly number[]; readonly sessions: readonly number[] } | undefined;
}

export type BenchMessage =
  | { readonly type: 'progress'; readonly done: number; readonly of: number; readonly text: string }
  /** What is known so far; the last of them is whole. */
  | { readonly type: 'sweep'; readonly sweep: ChunkSizeSweep; readonly isWhole: boolean }
  | ({ readonly type: 'scaling'; readonly isWhole: boolean } & Pick<ScalingReport, 'series' | 'speed'>)
  /** The work cannot be done; one line. */
  | { readonly type: 'unusable'; readonly line: string };
