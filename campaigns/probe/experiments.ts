/** All experiments, in the order in which the table shows them. */
import { putDuringFinish, twoFinishesAtOnce, twoPutsAtOnce } from './experiments/concurrency.js';
import { afterAbort } from './experiments/ending.js';
import { errorStyle, statusDuringUpload } from './experiments/errors.js';
import {
  finishAfterRepeats,
  finishTwice,
  incompleteFinish,
  putAfterFinish,
  wrongHash,
  wrongLength,
} from './experiments/finishing.js';
import {
  beginAfterUpgrade,
  expiry,
  restartInTheMiddle,
  upgradeAfterFinish,
  upgradeInTheMiddle,
} from './experiments/interruptions.js';
import {
  beginTwice,
  overwrite,
  twoCallersOneKey,
  twoUploads,
  twoUploadsOneName,
} from './experiments/keys.js';
import { beginAfterAborts, openUploads } from './experiments/limits.js';
import { putDuringPause } from './experiments/pause.js';
import { chunksOutOfOrder, chunksReversed, chunkTwice, otherBytes } from './experiments/order.js';
import { costOfPuts, storageAfterAbort } from './experiments/resources.js';
import { largestChunk, sizes } from './experiments/sizes.js';
import { intrusions, strangerReads } from './experiments/strangers.js';
import { wrongPuts } from './experiments/wrong-puts.js';
import type { Experiment } from './experiment.js';

export const EXPERIMENTS: readonly Experiment[] = [
  chunksOutOfOrder,
  chunksReversed,
  chunkTwice,
  otherBytes,
  ...wrongPuts,
  incompleteFinish,
  finishAfterRepeats,
  wrongHash,
  wrongLength,
  finishTwice,
  putAfterFinish,
  ...sizes,
  largestChunk,
  ...intrusions,
  strangerReads,
  ...afterAbort,
  putDuringPause,
  beginTwice,
  twoUploads,
  twoUploadsOneName,
  twoCallersOneKey,
  overwrite,
  upgradeInTheMiddle,
  upgradeAfterFinish,
  beginAfterUpgrade,
  restartInTheMiddle,
  expiry,
  openUploads,
  beginAfterAborts,
  twoPutsAtOnce,
  putDuringFinish,
  twoFinishesAtOnce,
  statusDuringUpload,
  errorStyle,
  storageAfterAbort,
  costOfPuts,
];

export const EXPERIMENT_NAMES: readonly string[] = EXPERIMENTS.map(({ name }) => name);
