/**
 * Runs a job in a worker thread, so that the terminal, Ctrl-C, and the budget stay responsive during a long message.
 *
 * The main thread asks a job to stop through a shared flag, which the job reads between operations. A job that does not stop within
 * the grace period is terminated. Messages that arrived before are kept in both cases.
 */
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { InputError } from '../../harness/input-error.js';
import { entryUrl } from '../../package-root.js';
import { WarmThread } from '../../warm-thread.js';
import type { IdleMessage, JobStart } from './job-start.js';

/** Every worker may end its job with one line for the user that says why the job is not possible. */
export interface UnusableMessage {
  readonly type: 'unusable';
  readonly line: string;
  /** Lines that follow it. */
  readonly details: readonly string[];
}

/** The rooms of `campaigns/` that have a `worker.ts`. The build lists each of these modules as an entry. */
export type WorkerRoom =
  | 'benchmark'
  | 'cluster'
  | 'explore'
  | 'gate'
  | 'mutants'
  | 'mutate'
  | 'parallel'
  | 'probe'
  | 'replay'
  | 'run';

export interface ThreadJobOptions<Job, Message> {
  /** The room whose `worker.ts` runs the job. */
  readonly room: WorkerRoom;
  readonly job: Job;
  /** Receives every message except `unusable`. */
  readonly onMessage: (message: Message) => void;
  /** Milliseconds between the request to stop and the termination of the thread. */
  readonly graceMs?: number;
  /** The compiled module of the worker. Default: the one of the room. */
  readonly module?: URL;
  /** Whether earlier jobs of a thread would change what this job measures. Default: false. */
  readonly needsNewThread?: boolean;
}

export interface ThreadJob {
  /**
   * Resolves when the job has ended, also after it was stopped.
   * @throws InputError if the job is not possible; the error of the thread if it crashed, for example out of memory
   */
  readonly done: Promise<void>;
  /** The first call asks the job to stop soon; the second one terminates the thread. */
  readonly stop: () => void;
  /** True after the first call of `stop`. */
  readonly isStopped: boolean;
}

/** A thread that takes tasks. */
export interface TaskThread<Task> extends ThreadJob {
  /** Sends a task. The thread takes the next one only after the result of the last. */
  readonly send: (task: Task) => void;
}

const LIMITS = {
  maxOldGenerationSizeMb: 8192,
  /**
   * Twice V8's default. A schedule allocates more than the default holds, so that objects which die with the schedule would be moved and
   * collected as old ones: that takes 15 % of the processor time of a campaign.
   */
  maxYoungGenerationSizeMb: 96,
};
const GRACE_MS_DEFAULT = 600;

export function startThreadJob<Job, Message extends { readonly type: string }, Task = never>({
  room,
  job,
  onMessage,
  graceMs = GRACE_MS_DEFAULT,
  module = entryUrl(`campaigns/${room}/worker`),
  needsNewThread = false,
}: ThreadJobOptions<Job, Message>): TaskThread<Task> {
  const stopFlag = new SharedArrayBuffer(4);
  const { port1: port, port2 } = new MessageChannel();
  const thread = WarmThread.take(threadEntryOf(module), { limits: LIMITS, isNew: needsNewThread });
  let isStopped = false;
  let isDone = false;
  let timer: NodeJS.Timeout | undefined;
  const terminate = () => void thread.terminate();
  const done = new Promise<void>((resolve, reject) => {
    let unusable: UnusableMessage | undefined;
    let crash: Error | undefined;
    const end = () => {
      isDone = true;
      clearTimeout(timer);
      port.close();
      if (unusable !== undefined) reject(new InputError(unusable.line, { details: unusable.details }));
      else if (crash !== undefined) reject(crash);
      else resolve();
    };
    const receive = (message: Message | UnusableMessage | IdleMessage) => {
      if (isOwn(message, 'unusable')) unusable ??= message;
      else if (!isOwn(message, 'idle')) onMessage(message);
      else if (thread.release({ isReusable: message.isClean && !isStopped })) end();
    };
    port.on('message', receive);
    thread.start(
      { module: module.href, stopFlag, job, port: port2 } satisfies JobStart<Job>,
      {
        onError: (error) => {
          // A thread can throw anything, not only errors.
          crash = error instanceof Error ? error : new Error(String(error));
        },
        onExit: () => {
          // Messages that arrived before.
          for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port))
            receive(left.message as Message);
          end();
        },
      },
      [port2],
    );
  });
  return {
    send: (task) => port.postMessage(task),
    done,
    get isStopped() {
      return isStopped;
    },
    stop: () => {
      if (isDone) return;
      if (isStopped) {
        terminate();
        return;
      }
      isStopped = true;
      Atomics.store(new Int32Array(stopFlag), 0, 1);
      timer = setTimeout(terminate, graceMs);
    },
  };
}

/** Compiled like the module of the job, because both use the same modules. */
function threadEntryOf(module: URL): URL {
  return new URL(`../threads/thread${extname(module.pathname)}`, module);
}

type OwnMessage = UnusableMessage | IdleMessage;

function isOwn<Type extends OwnMessage['type']>(
  message: { readonly type: string },
  type: Type,
): message is OwnMessage & { readonly type: Type } {
  return message.type === type;
}
