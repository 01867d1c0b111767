/** One execution of a workload that can go back: it lists the choices at a point, takes one, and returns to earlier points. */
import { operationText } from '../model/operations.js';
import type { Operation, Schedule, Step } from '../model/schedule.js';
import type { Choice as Message, MessageId, PrincipalText, Replica, Snapshot } from '../replicas/replica.js';
import { canonicalJson } from '../harness/history/canonical-json.js';
import type { History } from '../harness/history/history.js';
import { InputError } from '../harness/input-error.js';
import type { SavedRun, ScheduleRun } from '../harness/execution/interpreter.js';
import type { ScheduleRunner } from '../harness/execution/schedule-runner.js';
import type { StopSignal } from '../harness/execution/stop-signal.js';
import { sha256Hex } from './digest.js';
import { isJudgedByOrder, SharedNames, subjectOf, type Footprint } from './footprint.js';
import {
  inLaneOrder,
  scheduleOf,
  scheduleStep,
  stepsBefore,
  type LaneStep,
  type Workload,
} from './workload.js';

/**
 * What a loss touches. It puts a response into the queue of the caller, and takes one of the losses that all lanes share, so it depends
 * on everything that is no read.
 */
const EVERYTHING: ReadonlySet<PrincipalText> = new Set(['aaaaa-aa']);

/** What may come next: the next step of a lane, or a message in flight. */
export interface Choice {
  /** What it is, by lane and position or by the call at its root. The same in every order in which it occurs. */
  readonly label: string;
  /** What it does, for people. */
  readonly words: string;
  /** The step of a schedule that takes it. */
  readonly step: Step;
  /** The lane that it belongs to; `undefined` for a task. */
  readonly lane: number | undefined;
  /** Messages that must keep their order belong to one thread. */
  readonly thread: string;
  readonly operation: Operation | undefined;
  readonly isMessage: boolean;
  /** Whether the lane has not seen the answer to its latest call. */
  readonly isEarly: boolean;
  /** The canister that executes it, if that is known before. */
  readonly receiver: PrincipalText | undefined;
}

/** A choice that was taken. */
export interface Transition {
  readonly choice: Choice;
  readonly footprint: Footprint;
  /** One more than that of the latest earlier transition whose order relative to this one a rule may tell. */
  readonly level: number;
}

/** A point to return to. */
export interface Point {
  readonly snapshot: Snapshot;
  readonly run: SavedRun;
  readonly positions: readonly number[];
  readonly lastCalls: readonly (number | undefined)[];
  readonly answers: readonly string[];
  readonly transitions: readonly Transition[];
  readonly calls: number;
}

export class Execution {
  readonly workload: Workload;
  readonly #replica: Replica;
  readonly #run: ScheduleRun;
  readonly #clash: SharedNames;
  /** By lane: the next step. */
  #positions: number[];
  /** By lane: the number of its latest call, and what waits for it. */
  #lastCalls: (number | undefined)[];
  /** By lane: the answers so far. */
  #answers: string[];
  #transitions: Transition[] = [];
  /** By number of the call: its position in its lane. */
  readonly #places: number[];

  private constructor(workload: Workload, replica: Replica, run: ScheduleRun) {
    this.workload = workload;
    this.#replica = replica;
    this.#run = run;
    this.#clash = new SharedNames(workload);
    this.#positions = workload.lanes.map(() => 0);
    this.#lastCalls = workload.lanes.map(() => undefined);
    this.#answers = workload.lanes.map(() => '');
    this.#places = (workload.before ?? []).filter((step) => step.do === 'call').map(() => -1);
  }

  /** @throws InputError if the replica cannot choose the order of messages, or the canister cannot be set up */
  static async start(runner: ScheduleRunner, workload: Workload, signal?: StopSignal): Promise<Execution> {
    const { abilities, name } = runner.replica.info;
    if (!abilities.has('delivery-order') || !abilities.has('snapshot'))
      throw new InputError(`replica ${name} cannot explore orders: it does not choose the order of messages`);
    const run = await runner.start(inLaneOrder(workload), signal);
    for (const step of stepsBefore(workload)) await run.take(step);
    return new Execution(workload, runner.replica, run);
  }

  /** The transitions so far. */
  get transitions(): readonly Transition[] {
    return this.#transitions;
  }

  /** The steps so far, as a schedule that replays them. */
  get schedule(): Schedule {
    return scheduleOf(
      this.workload,
      this.#transitions.map(({ choice }) => choice.step),
    );
  }

  /** The history so far. */
  history(): History {
    return this.#run.history();
  }

  /**
   * Everything that may come next, in an order that depends only on the state. Heartbeats are left out: they never end. A lane goes on
   * without an answer if nothing is left that could bring it.
   */
  async choices(): Promise<readonly Choice[]> {
    const lanes = this.workload.lanes.flatMap((steps, lane) => {
      const position = this.#positions[lane] ?? 0;
      const step = steps[position];
      return step === undefined ? [] : [laneChoice(step, lane, position, this.#hasOpenCall(lane))];
    });
    const deliverable = await this.#replica.deliverable();
    const messages = deliverable.flatMap((message, pick) =>
      message.kind === 'heartbeat' ? [] : [this.#messageChoice(message, pick)],
    );
    const ready = lanes.filter(({ lane, isEarly }) => !isEarly || this.#isImpatient(lane));
    const isStuck = ready.length === 0 && messages.length === 0;
    return [...(isStuck ? lanes : ready), ...distinct([...messages, ...this.#lossChoices(deliverable)])];
  }

  /** Each message that may be lost, as long as the workload allows another loss. */
  #lossChoices(deliverable: readonly Message[]): readonly Choice[] {
    const { losses = 0 } = this.workload;
    const taken = this.#transitions.filter(({ choice }) => choice.step.do === 'lose').length;
    if (taken >= losses) return [];
    const losable = deliverable.filter(({ mayBeLost }) => mayBeLost === true);
    return losable.map((message, pick) => lossOf(this.#messageChoice(message, 0), pick));
  }

  async take(choice: Choice): Promise<Transition> {
    const { lane, step } = choice;
    if (!choice.isMessage && lane !== undefined) {
      const position = this.#positions[lane] ?? 0;
      if (step.do === 'call') this.#lastCalls[lane] = this.#places.push(position) - 1;
      this.#positions[lane] = position + 1;
    }
    const first = this.#run.events.length;
    await this.#run.take(step);
    this.#learn(first);
    const footprint: Footprint = {
      lane,
      subject: subjectOf(choice.operation),
      canisters: choice.step.do === 'lose' ? EVERYTHING : new Set(this.#run.touched),
    };
    const transition = { choice, footprint, level: this.#levelOf(footprint) };
    this.#transitions.push(transition);
    return transition;
  }

  /** Delivers what is left, runs the epilogue, and returns the history. Only `restore` may follow. */
  end(): Promise<History> {
    return this.#run.end();
  }

  async save(): Promise<Point> {
    return {
      snapshot: await this.#replica.snapshot(),
      run: this.#run.save(),
      positions: [...this.#positions],
      lastCalls: [...this.#lastCalls],
      answers: [...this.#answers],
      transitions: [...this.#transitions],
      calls: this.#places.length,
    };
  }

  async restore(point: Point): Promise<void> {
    await this.#replica.restore(point.snapshot);
    this.#run.restore(point.run);
    this.#positions = [...point.positions];
    this.#lastCalls = [...point.lastCalls];
    this.#answers = [...point.answers];
    this.#transitions = [...point.transitions];
    this.#places.length = point.calls;
  }

  /**
   * Names the state of canisters and clients together: points with equal keys have equal futures, and rules judge these alike. Besides
   * the state of the replica, it holds the positions and answers of the lanes, and the order of those transitions whose order a rule may
   * tell (the levels of their Foata normal form).
   *
   * @throws InputError if the replica has no state hash
   */
  async key({ snapshot }: Point): Promise<string> {
    if (this.#replica.stateHash === undefined)
      throw new InputError(`replica ${this.#replica.info.name} cannot recognise visited states`);
    const state = await this.#replica.stateHash(snapshot, this.#names());
    const order = this.#transitions.map(({ choice, level }) => `${level} ${choice.label}`).sort();
    return sha256Hex(canonicalJson([state, this.#positions, this.#answers, order]));
  }

  /** Names for the ingress messages whose call trees are open. */
  #names(): ReadonlyMap<MessageId, string> {
    const names = new Map<MessageId, string>();
    for (const [id, { call, lane }] of this.#run.openCalls) names.set(id, `${lane}.${this.#place(call)}`);
    return names;
  }

  #place(call: number): number {
    return this.#places[call] ?? 0;
  }

  /** Whether the latest call of the lane has not returned. */
  #hasOpenCall(lane: number): boolean {
    const last = this.#lastCalls[lane];
    return last !== undefined && [...this.#run.openCalls.values()].some(({ call }) => call === last);
  }

  /** Whether the lane goes on without the answer to its latest call. */
  #isImpatient(lane = 0): boolean {
    const step = this.workload.lanes[lane]?.[(this.#positions[lane] ?? 0) - 1];
    return step?.do === 'call' && step.waits === false;
  }

  #messageChoice({ kind, receiver, method, root }: Message, pick: number): Choice {
    const open = root === undefined ? undefined : this.#run.openCalls.get(root);
    const of = open === undefined ? '' : ` of ${open.lane}.${this.#place(open.call)}`;
    const called = method === '' ? '' : ` ${method}`;
    const label = `${kind}${called}${of} at ${receiver}`;
    const about = open === undefined ? '' : ` of lane ${open.lane}: ${operationText(open.operation)}`;
    return {
      label,
      words: `deliver the ${kind}${called}${about}`,
      step: { do: 'deliver', pick },
      lane: open?.lane,
      thread: `${kind}${of} at ${receiver}`,
      operation: open?.operation,
      isMessage: true,
      isEarly: false,
      receiver,
    };
  }

  /** Appends the answers among the new events to those of their lanes. */
  #learn(first: number): void {
    for (const event of this.#run.events.slice(first)) {
      if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'skipped' && event.type !== 'info')
        continue;
      const answer = 'result' in event ? event.result : event.reason;
      this.#answers[event.lane] = sha256Hex(`${this.#answers[event.lane] ?? ''}${canonicalJson(answer)}`);
    }
  }

  #levelOf({ lane, subject }: Footprint): number {
    let level = 0;
    for (const earlier of this.#transitions) {
      const { footprint } = earlier;
      const isOrdered =
        (lane !== undefined && footprint.lane === lane) ||
        isJudgedByOrder(subject, footprint.subject, this.#clash);
      if (isOrdered) level = Math.max(level, earlier.level);
    }
    return level + 1;
  }

  /** The names that sessions share. */
  get clash(): SharedNames {
    return this.#clash;
  }
}

/** The choice to lose a message instead of delivering it. */
function lossOf({ label, words, thread, ...rest }: Choice, pick: number): Choice {
  return {
    ...rest,
    label: `lose ${label}`,
    words: words.replace('deliver', 'lose'),
    step: { do: 'lose', pick },
    thread: `lose ${thread}`,
  };
}

function laneChoice(step: LaneStep, lane: number, position: number, isEarly: boolean): Choice {
  const operation = step.do === 'call' ? step.operation : undefined;
  const what = operation === undefined ? step.do : operationText(operation);
  return {
    label: `${lane}.${position}`,
    words: `lane ${lane}: ${what}`,
    step: scheduleStep(step, lane),
    lane,
    thread: `lane ${lane}`,
    operation,
    isMessage: false,
    isEarly,
    receiver: undefined,
  };
}

/** Messages with one label are numbered, oldest first. */
function distinct(choices: readonly Choice[]): readonly Choice[] {
  const counts = new Map<string, number>();
  return choices.map((choice) => {
    const count = counts.get(choice.label) ?? 0;
    counts.set(choice.label, count + 1);
    return count === 0 ? choice : { ...choice, label: `${choice.label} (${count})` };
  });
}
