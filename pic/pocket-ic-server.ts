/** Stands for the server process in tests that start one. Instances run in the calling thread, so there is nothing to start. */
import type { StartServerOptions } from '@dfinity/pic';

const QUIET = 'in-process:';
const WITH_CANISTER_LOGS = 'in-process:canister-logs';

export class PocketIcServer {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** `showCanisterLogs` prints what canisters print to stderr. The other options are about the process and have no effect. */
  static async start({ showCanisterLogs = false }: StartServerOptions = {}): Promise<PocketIcServer> {
    return new PocketIcServer(showCanisterLogs ? WITH_CANISTER_LOGS : QUIET);
  }

  /** The first argument of `PocketIc.create`. */
  getUrl(): string {
    return this.#url;
  }

  /** Instances end with `tearDown`. */
  async stop(): Promise<void> {
    await Promise.resolve();
  }
}

/** Whether `url` comes from a server that shows the logs of canisters. */
export function showsCanisterLogs(url: string): boolean {
  return url === WITH_CANISTER_LOGS;
}
