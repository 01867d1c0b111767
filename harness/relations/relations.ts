/** All relations. */
import { chunkOrder } from './chunk-order.js';
import { chunkSize } from './chunk-size.js';
import { endedUploads } from './ended-uploads.js';
import { interruptions } from './interruptions.js';
import { reads } from './reads.js';
import { rejectedCalls } from './rejected-calls.js';
import type { Relation } from './relation.js';
import { repetition } from './repetition.js';
import { serializability } from './serializability.js';
import { strangers } from './strangers.js';
import { unrelatedUploads } from './unrelated-uploads.js';

export const RELATIONS: readonly Relation[] = [
  rejectedCalls,
  strangers,
  reads,
  repetition,
  chunkOrder,
  chunkSize,
  unrelatedUploads,
  endedUploads,
  interruptions,
  serializability,
];

export const RELATION_NAMES: readonly string[] = RELATIONS.map(({ name }) => name);
