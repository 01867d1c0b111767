/** `upload-stress serve --live` as a child process, ready to be spoken to. */
import { start } from './command.js';

export interface LiveChild {
  readonly url: string;
  readonly canister: string;
  /** What it printed on stderr so far. */
  stderr(): string;
  /** Sends the signal and answers the exit code. */
  end(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | undefined>;
}

export async function startLive(args: readonly string[] = []): Promise<LiveChild> {
  const child = start(['serve', '--live', ...args]);
  let stderr = '';
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (part: Buffer) => {
      printed += part.toString();
      if (printed.includes('\n')) resolve(printed);
    });
    child.stdout.on('end', () => reject(new Error(`it ended: ${stderr}`)));
  });
  const [, url, canister] = /^listening on (\S+), canister (\S+)\n$/.exec(line) ?? [];
  if (url === undefined || canister === undefined) throw new Error(`not ready: ${line}`);
  return {
    url,
    canister,
    stderr: () => stderr,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await child).exitCode;
    },
  };
}
