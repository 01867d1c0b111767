/** Ends an endless loop at the top level of a user's module, during which no timer of the main thread runs. */
import { isMainThread, Worker } from 'node:worker_threads';

/**
 * The watchdog acts this much later than the time limit. A timer of the main thread ends a module that only waits, also on a busy machine:
 * execution that is terminated anywhere else could end the process.
 */
const GRACE_MS = 5_000;

// It runs without a file of its own, because it is needed from sources and from the bundle alike.
const WATCHDOG = `
const { Session } = require('node:inspector');
const { workerData: { stopFlag, timeoutMs } } = require('node:worker_threads');
const session = new Session();
session.connectToMainThread();
setTimeout(() => {
  if (Atomics.load(stopFlag, 0) === 0) session.post('Runtime.terminateExecution');
}, timeoutMs);
`;

/**
 * Runs `work` on the main thread. If it still runs after the time limit without a pause, its execution is terminated, and its promise is
 * never settled. Other threads have no watchdog, because the main thread imports each module first.
 */
export async function withWatchdog<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  if (!isMainThread) return work();
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const watchdog = new Worker(WATCHDOG, {
    eval: true,
    execArgv: [],
    workerData: { stopFlag, timeoutMs: timeoutMs + GRACE_MS },
  });
  watchdog.unref();
  // Without a watchdog an endless loop is not ended, and nothing else changes.
  watchdog.on('error', () => undefined);
  try {
    return await work();
  } finally {
    Atomics.store(stopFlag, 0, 1);
    void watchdog.terminate();
  }
}
