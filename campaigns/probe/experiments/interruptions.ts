/** Upgrades, restarts, and long waits. */
import type { Experiment, Observation } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Script } from '../script.js';
import type { Answer, Fate } from '../transcript.js';
import { answerText, conclude, fateOf, fateText, readOf } from './words.js';

export const upgradeInTheMiddle: Experiment = {
  name: 'upgrade-in-the-middle',
  tried: 'The canister is upgraded in the middle of an upload.',
  async run(lab) {
    const { failure, ...after } = await interrupted(lab, (script) => script.upgrade());
    return failure === undefined ? afterInterruption(after) : upgradeFails(failure);
  },
};

export const upgradeAfterFinish: Experiment = {
  name: 'upgrade-after-finish',
  tried: 'The canister is upgraded after a file is finished.',
  lacks: ({ shape }) => (shape.read === 'none' ? 'files are not read' : undefined),
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    const completion = script.complete(upload);
    script.upgrade();
    const read = readOf(lab, script, upload);
    const transcript = await lab.run(script);
    const failure = transcript.interruptionFailure;
    if (failure !== undefined) return upgradeFails(failure);
    const fate = transcript.fate(upload, completion, read);
    return {
      observed: `after the upgrade ${fateText(fate)}`,
      suggests: { field: 'upgrade', value: fate === 'right' ? 'everything' : 'nothing' },
      isDangerous: fate !== 'right',
    };
  },
};

export const beginAfterUpgrade: Experiment = {
  name: 'begin-after-upgrade',
  tried: 'An upload is begun, the canister is upgraded, another upload is begun, and both continue.',
  async run(lab) {
    const script = lab.script();
    const a = script.begin(lab.threeChunks('a.bin'));
    script.put(a, 0);
    script.upgrade();
    const b = script.begin(lab.threeChunks('b.bin'));
    const endings = [a, b].map((upload) => ({
      upload,
      ...conclude(lab, script, upload, upload === a ? [0] : []),
    }));
    const transcript = await lab.run(script);
    const failure = transcript.interruptionFailure;
    if (failure !== undefined) return upgradeFails(failure);
    const [first, second] = endings.map(({ upload, ...ending }) => fateOf(transcript, upload, ending));
    const ids = [a, b].map(({ begin }) => transcript.sessionId(begin));
    const isReused = ids[0] !== undefined && ids[0] === ids[1] && lab.target.shape.session === 'server';
    const what = `first upload: ${fateText(first ?? 'not finished')}; second upload: ${fateText(second ?? 'not finished')}`;
    return {
      observed: isReused ? `the second upload gets the id of the first; ${what}` : what,
      suggests: { field: 'upgrade', value: first === 'right' ? 'everything' : 'files' },
      isDangerous: isReused || second !== 'right' || first === 'wrong bytes',
    };
  },
};

export const restartInTheMiddle: Experiment = {
  name: 'restart-in-the-middle',
  tried: 'The canister is stopped and started in the middle of an upload.',
  async run(lab) {
    const { failure, ...after } = await interrupted(lab, (script) => script.restart());
    if (failure !== undefined) return { observed: `the restart fails: ${failure}`, isDangerous: true };
    return afterInterruption(after);
  },
};

interface Continued {
  readonly fate: Fate;
  /** The answer to the put after the interruption. */
  readonly next: Answer;
}

/** An upload that something interrupts after its first chunk. */
async function interrupted(
  lab: Lab,
  interrupt: (script: Script) => void,
): Promise<Continued & { readonly failure: string | undefined }> {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('a.bin'));
  script.put(upload, 0);
  interrupt(script);
  const next = script.put(upload, 1);
  const ending = conclude(lab, script, upload, [0, 1]);
  const transcript = await lab.run(script);
  return {
    failure: transcript.interruptionFailure,
    next: transcript.answer(next),
    fate: fateOf(transcript, upload, ending),
  };
}

/** A lost upload is no danger if its owner learns of it at once. */
function afterInterruption({ fate, next }: Continued): Observation {
  return {
    observed: `the next put is ${answerText(next)}; ${fateText(fate)}`,
    suggests: { field: 'upgrade', value: fate === 'right' ? 'everything' : 'files' },
    isDangerous: fate !== 'right' && next.isAccepted,
  };
}

function upgradeFails(failure: string): Observation {
  return {
    observed: `the upgrade fails: ${failure}`,
    suggests: { field: 'upgrade', value: undefined },
    isDangerous: true,
  };
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** In seconds, ascending. */
const WAITS = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY];

export const expiry: Experiment = {
  name: 'expiry',
  tried: 'An upload is left alone for ever longer, and then continued.',
  async run(lab) {
    let survived = 0;
    for (const seconds of WAITS) {
      if (await survives(lab, seconds)) {
        survived = seconds;
        continue;
      }
      const expired = await smallestExpiry(lab, survived, seconds);
      const isExtended = await isExtendedByPuts(lab, expired);
      return {
        observed: `an upload expires after ${durationText(expired)} ${isExtended ? 'without a put' : 'although chunks are put meanwhile'}`,
        suggests: { field: 'expiry', value: isExtended ? expired : undefined },
        isDangerous: !isExtended,
      };
    }
    return {
      observed: `an upload continues after ${durationText(survived)}`,
      suggests: { field: 'expiry', value: 'never' },
    };
  },
};

async function survives(lab: Lab, seconds: number): Promise<boolean> {
  const { fate } = await interrupted(lab, (script) => {
    script.wait(seconds);
    // Some canisters remove old uploads when another one begins.
    const other = script.begin(lab.threeChunks('other.bin'));
    if (lab.target.shape.begin === 'implied') script.put(other, 0);
  });
  return fate === 'right';
}

/** Whether an upload lives longer than that if a chunk is put in between. */
async function isExtendedByPuts(lab: Lab, expired: number): Promise<boolean> {
  const script = lab.script();
  const upload = script.begin(lab.threeChunks('a.bin'));
  const wait = Math.max(1, Math.floor(expired * 0.6));
  script.put(upload, 0);
  script.wait(wait);
  script.put(upload, 1);
  script.wait(wait);
  const ending = conclude(lab, script, upload, [0, 1]);
  return fateOf(await lab.run(script), upload, ending) === 'right';
}

/** Halves the interval until its ends are a second apart. Most canisters have a round number of seconds. */
async function smallestExpiry(lab: Lab, survived: number, expired: number): Promise<number> {
  let [low, high] = [survived, expired];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await survives(lab, middle)) low = middle;
    else high = middle;
  }
  // An upload that expires after n seconds may survive exactly n seconds.
  return low === 0 ? high : roundedNear(low, high);
}

/** Of two neighbouring numbers of seconds, the rounder one. */
function roundedNear(low: number, high: number): number {
  return (
    [DAY, HOUR, MINUTE, 10, 1].flatMap((unit) => [low, high].filter((each) => each % unit === 0))[0] ?? low
  );
}

function durationText(seconds: number): string {
  const units = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
    [1, 'second'],
  ] as const;
  const [unit, name] = units.find(([each]) => seconds % each === 0) ?? [1, 'second'];
  const count = seconds / unit;
  return `${count.toLocaleString('en-US')} ${name}${count === 1 ? '' : 's'}`;
}
