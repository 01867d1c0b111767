/** Runs `work`. Meanwhile each Ctrl-C or SIGTERM calls `interrupt` instead of ending the process. */
export async function withInterrupts<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work();
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
