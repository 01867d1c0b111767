import { createHash } from 'node:crypto';

/**
 * The digest of a campaign: SHA-256 over the trace hashes of its runs in the order of their indices, each as lower-case hex and a line
 * feed. Two campaigns with the same digest saw the same histories, wherever their runs were executed. A run that did not end in time has
 * no trace hash.
 */
export class CampaignDigest {
  readonly #hash = createHash('sha256');

  /** @param traceHash of the next run, lower-case hex */
  add(traceHash: string): void {
    this.#hash.update(`${traceHash}\n`);
  }

  /** Of the runs so far, lower-case hex. */
  get hex(): string {
    return this.#hash.copy().digest('hex');
  }
}
