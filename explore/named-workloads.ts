/** The workloads that ship with the package. Each is made for the interface of a target. */
import { InputError } from '../harness/input-error.js';
import type { Abilities } from '../generators/schedule.js';
import type { OperationName } from '../model/operations.js';
import type { FileRecipe, Limits, Operation } from '../model/schedule.js';
import type { Shape } from '../targets/shape.js';
import type { LaneStep, Workload } from './workload.js';

/** What a workload needs to know about the canister. */
export interface WorkloadInterface extends Pick<
  Abilities,
  'operations' | 'limitsFor' | 'defaultChunkSize' | 'canisters'
> {
  readonly shape: Shape;
}

/** Chunks of two blocks of SHA-256, one of which a call may hash: so a finish takes several messages where the canister divides its work. */
const WANTED: Limits = { chunkSize: 128, hashBytesPerCall: 64 };

type Maker = (given: Interface) => Pick<Workload, 'callers' | 'files' | 'lanes'> & Partial<Workload>;

interface NamedWorkload {
  readonly about: string;
  readonly make: Maker;
}

export const NAMED_WORKLOADS: Readonly<Record<string, NamedWorkload>> = {
  'two-uploads': {
    about: 'two uploads of three chunks each, with their finishes',
    make: (given) => ({
      callers: 2,
      files: [given.file(0, 3), given.file(1, 3)],
      lanes: [given.upload('A', 0, 3), given.upload('B', 1, 3)],
    }),
  },
  'two-finishes': {
    about: 'one upload that two clients finish, and a third one reads',
    make: (given) => ({
      callers: 1,
      files: [given.file(0, 2)],
      before: given.upload('A', 0, given.hasFinish ? 2 : 1).filter((step) => !isFinish(step)),
      lanes: given.hasFinish
        ? [[given.finish('A')], [given.finish('A')], [call({ op: 'read', session: 'A' })]]
        : [[given.put('A', 1)], [given.put('A', 1)], [call({ op: 'read', session: 'A' })]],
    }),
  },
  'upgrade-in-between': {
    about: 'an upload of three chunks, and an upgrade at any point of it',
    make: (given) => ({
      callers: 1,
      files: [given.file(0, 3)],
      lanes: [given.upload('A', 0, 3), given.canisters.map((canister) => ({ do: 'upgrade', ...canister }))],
    }),
  },
  'same-key': {
    about: 'two uploads of different files under one key and one name',
    make: (given) => ({
      callers: 1,
      files: [given.file(0, 2), { ...given.file(1, 2), name: given.file(0, 2).name }],
      lanes: [given.upload('A', 0, 2), given.upload('B', 1, 2, { caller: 0, key: 'key-A' })],
    }),
  },
  'abort-during-finish': {
    about: 'an upload that one client finishes and another one aborts',
    make: (given) => {
      if (!given.has('abort') || !given.hasFinish)
        throw new InputError(
          'workload abort-during-finish: the target has no abort and finish; use another workload',
        );
      return {
        callers: 1,
        files: [given.file(0, 2)],
        before: given.upload('A', 0, 2).filter((step) => !isFinish(step)),
        lanes: [[given.finish('A')], [call({ op: 'abort', session: 'A' })]],
      };
    },
  },
  'index-and-buckets': {
    about: 'two uploads to a system of several canisters, and a list after one of them',
    make: ofSeveral((given) => ({
      callers: 1,
      files: [given.file(0, 1), given.file(1, 1)],
      lanes: [
        [...given.upload('A', 0, 1), ...given.reads('listFiles')],
        given.upload('B', 1, 1, { caller: 0, key: 'key-B' }),
      ],
    })),
  },
  'lost-answer': {
    about: 'an upload to a system of several canisters, and one message between them that is lost',
    make: ofSeveral((given) => ({
      callers: 1,
      files: [given.file(0, 1)],
      lanes: [given.upload('A', 0, 1)],
      losses: 1,
    })),
  },
  'lost-quota': {
    about:
      'an upload to a system of several canisters that is aborted, and two messages between them that are lost',
    make: ofSeveral((given) => ({
      callers: 1,
      files: [given.file(0, 1)],
      before: given.upload('A', 0, 0).filter((step) => !isFinish(step)),
      lanes: [
        [...(given.has('abort') ? [call({ op: 'abort', session: 'A' })] : []), ...given.reads('usage')],
      ],
      losses: 2,
    })),
  },
  'outage-in-between': {
    about: 'a finish in a system of several canisters, each of which is stopped for a while',
    make: ofSeveral((given) => finishInOutages(given, given.canisters)),
  },
  'loss-and-outage': {
    about:
      'a finish in a system of several canisters, of which the first is stopped for a while, and one message between them that is lost',
    make: ofSeveral((given) => ({ ...finishInOutages(given, given.canisters.slice(0, 1)), losses: 1 })),
  },
};

function finishInOutages(given: Interface, canisters: Interface['canisters']): ReturnType<Maker> {
  return {
    callers: 1,
    files: [given.file(0, 2)],
    before: given.upload('A', 0, 2).filter((step) => !isFinish(step)),
    lanes: [
      [given.finish('A')],
      canisters.flatMap((canister): LaneStep[] => [
        { do: 'outage', condition: 'stopped', ...canister },
        { do: 'recover', ...canister },
      ]),
    ],
  };
}

/** A workload for a system of several canisters. */
function ofSeveral(make: Maker): Maker {
  return (given) => {
    if (given.canisters.length < 2)
      throw new InputError(`workload ${given.name}: the target has one canister; use another workload`);
    return make(given);
  };
}

/** @throws InputError if there is no such workload, or it does not fit the target */
export function namedWorkload(name: string, given: WorkloadInterface): Workload {
  const named = Object.hasOwn(NAMED_WORKLOADS, name) ? NAMED_WORKLOADS[name] : undefined;
  if (named === undefined) {
    const names = Object.keys(NAMED_WORKLOADS).join(', ');
    throw new InputError(
      `workload ${name}: there is no workload of this name; use one of ${names}, or a file`,
    );
  }
  const made = named.make(new Interface(name, given));
  return {
    name,
    about: named.about,
    limits: limitsOf(given),
    epilogue: { chunksMax: 16, readsFinished: true },
    ...made,
  };
}

/** Limits that the canister can have, as close to the wanted ones as it allows. */
function limitsOf({ limitsFor }: WorkloadInterface): Limits {
  return limitsFor === undefined ? WANTED : limitsFor(WANTED);
}

interface Owner {
  readonly caller: number;
  readonly key: string;
}

class Interface {
  /** The name of the workload. */
  readonly name: string;
  readonly #given: WorkloadInterface;
  readonly #chunkSize: number;

  constructor(name: string, given: WorkloadInterface) {
    this.name = name;
    this.#given = given;
    this.#chunkSize = limitsOf(given).chunkSize ?? given.defaultChunkSize;
  }

  get hasFinish(): boolean {
    return this.#given.shape.finish !== 'implied';
  }

  /** Fields that name each canister of the system. */
  get canisters(): readonly { readonly canister?: string }[] {
    return [{}, ...(this.#given.canisters ?? []).map((canister) => ({ canister }))];
  }

  file(number: number, chunks: number): FileRecipe {
    // The last chunk is short.
    const bytes = chunks * this.#chunkSize - Math.min(10, this.#chunkSize - 1);
    return { name: `file-${number}`, bytes, content: { kind: 'random', seed: number + 1 } };
  }

  upload(
    session: string,
    file: number,
    chunks: number,
    { caller, key }: Owner = { caller: file, key: `key-${session}` },
  ): LaneStep[] {
    return [
      call({ op: 'begin', session, file, caller, key }),
      ...Array.from({ length: chunks }, (_, index) => this.put(session, index)),
      ...(this.hasFinish ? [this.finish(session)] : []),
    ];
  }

  has(operation: OperationName): boolean {
    return this.#given.operations.has(operation);
  }

  /** The read of the first caller, if the interface has it. */
  reads(op: 'listFiles' | 'usage'): LaneStep[] {
    return this.has(op) ? [call({ op, caller: 0 })] : [];
  }

  put(session: string, index: number): LaneStep {
    return call({ op: 'put', session, index, data: { kind: 'right' } });
  }

  finish(session: string): LaneStep {
    return call({ op: 'finish', session, hash: 'right', lengthOff: 0 });
  }
}

function call(operation: Operation): LaneStep {
  return { do: 'call', operation };
}

function isFinish(step: LaneStep): boolean {
  return step.do === 'call' && step.operation.op === 'finish';
}
