/** The messages between the command `bench` and its worker thread. Plain data. */
import type { ChunkSizeSweep } from '../../reports/documents/bench-report.js';
import type { ReplicaName } from '../subject/replicas.js';
import type { SubjectSpec } from '../subject/subject.js';
import type { Scaling } from './scaling.js';

export interface BenchJob {
  readonly subject: SubjectSpec;
  readonly replica: ReplicaName;
  /** What to measure. */
  readonly plan: SweepPlan | ScalingPlan;
}

/** The same file in chunks of different sizes. */
export interface SweepPlan {
  readonly kind: 'sweep';
  /** Bytes. */
  readonly fileSize: number;
  /** Bytes. */
  readonly chunkSizes: readonly number[];
  /** Numbers of puts in flight. */
  readonly parallel: readonly number[];
  readonly blockSeconds: number;
  /** Samples of wall time per chunk size. */
  readonly wallSamples: number;
}

/** Uploads and numbers of sessions of different sizes. */
export interface ScalingPlan {
  readonly kind: 'scaling';
  /** Bytes of each upload. */
  readonly uploadBytes: readonly number[];
  readonly sessions: readonly number[];
}

export type BenchMessage =
  | BenchProgress
  /** Sent after each step; the last one is complete. */
  | { readonly type: 'sweep'; readonly sweep: ChunkSizeSweep; readonly isComplete: boolean }
  | { readonly type: 'scaling'; readonly scaling: Scaling; readonly isComplete: boolean };

export interface BenchProgress {
  readonly type: 'progress';
  readonly done: number;
  readonly of: number;
  /** The step that starts now. */
  readonly text: string;
}
