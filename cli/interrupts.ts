/**
 * Runs `work` with Ctrl-C and SIGTERM handed to `interrupt` instead of ending the process, each time they come; afterwards they do
 * again what they did before.
 */
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
