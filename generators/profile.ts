/** Profiles set the size and the fault rate of generated schedules. They are plain data, so reports can print them. */
import type { Limits } from '../model/schedule.js';

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Profile {
  readonly name: string;
  readonly description: string;
  /** Number of concurrent uploads. */
  readonly uploads: Range;
  readonly callers: Range;
  /** Chunks per upload, before the length is moved to the border of a chunk. */
  readonly chunks: Range;
  /** Faults per schedule. Each schedule draws its own kinds of fault (swarm testing). */
  readonly faults: Range;
  /** The sets of limits to draw from. They are few, so that the runner installs a canister once per set and restores it afterwards. */
  readonly limits: readonly Limits[];
  /** Further file lengths in bytes, for profiles whose chunks are too large to have a border near these lengths. */
  readonly fileBytes?: readonly number[];
  /**
   * After the schedule, sessions that lack at most this many chunks are finished. For small schedules a value of 16 lowers the speed by
   * 6 %; without a bound, the speed halves.
   */
  readonly epilogueChunksMax: number;
  /** Number of runs of a campaign without a given number of runs or budget. */
  readonly runs: number;
}

/**
 * Small chunks allow many schedules per second and cover every border: sizes that are and are not a multiple of SHA-256's block
 * (64 B), a hash bound below the chunk size (a finish of several messages), an expiry of minutes, and limits that schedules reach.
 * `hashBytesPerCall` is at least 64, the canister's own lower bound.
 */
const SMALL_LIMITS: readonly Limits[] = [
  { chunkSize: 16, hashBytesPerCall: 64 },
  { chunkSize: 64, hashBytesPerCall: 64 },
  { chunkSize: 100, hashBytesPerCall: 64, inlineBytesMax: 1_000 },
  { chunkSize: 256, hashBytesPerCall: 64 },
  // A token outlives a pause of minutes, but not the lifetime of a session.
  { chunkSize: 200, hashBytesPerCall: 128, sessionTtlSeconds: 600, httpTokenTtlSeconds: 450.5 },
  {
    chunkSize: 32,
    hashBytesPerCall: 64,
    activeSessionsMax: 3,
    chunksMax: 5,
    bytesMax: 150,
    inlineBytesMax: 100,
    httpBytesMax: 100,
    httpUploadsPerHour: 2,
  },
];

const MB = 1_000_000;

export const PROFILES = {
  quick: {
    name: 'quick',
    description: 'small schedules for a first answer in seconds',
    uploads: { min: 2, max: 3 },
    callers: { min: 1, max: 2 },
    chunks: { min: 0, max: 4 },
    faults: { min: 0, max: 4 },
    limits: SMALL_LIMITS,
    epilogueChunksMax: 16,
    runs: 300,
  },
  default: {
    name: 'default',
    description: 'two to eight uploads of a few small chunks with up to twelve faults',
    uploads: { min: 2, max: 8 },
    callers: { min: 1, max: 4 },
    chunks: { min: 0, max: 6 },
    faults: { min: 0, max: 12 },
    limits: SMALL_LIMITS,
    epilogueChunksMax: 16,
    runs: 2_000,
  },
  large: {
    name: 'large',
    description: 'two to four uploads of up to 50 MB in chunks of the default size',
    uploads: { min: 2, max: 4 },
    callers: { min: 1, max: 2 },
    chunks: { min: 1, max: 27 },
    faults: { min: 0, max: 6 },
    limits: [{}, { chunkSize: 1.5 * MB, hashBytesPerCall: MB }],
    fileBytes: [0, 1, 32_767, 32_768, 32_769, 1_999_999, 2_000_000, 2_000_001],
    epilogueChunksMax: 4,
    runs: 10,
  },
  soak: {
    name: 'soak',
    description: 'long schedules of eight uploads, for hours',
    uploads: { min: 4, max: 8 },
    callers: { min: 2, max: 4 },
    chunks: { min: 0, max: 40 },
    faults: { min: 0, max: 40 },
    limits: [...SMALL_LIMITS, { chunkSize: 1024, hashBytesPerCall: 256 }],
    epilogueChunksMax: 64,
    runs: 20_000,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
