/** The end of a flow without its memory of four: every failure, and what arrived all the same. */
import type { UploadedAsset } from './asset-upload.js';
import { UploadError } from './upload-error.js';

export class FlowError extends Error {
  override readonly name = 'FlowError';

  readonly file: string;
  /** At least one; lane A's before lane B's. */
  readonly failures: readonly UploadError[];
  /** Finished uploads: their blobs are there and readable, each by a memory of its own. */
  readonly arrived: readonly UploadedAsset[];

  private constructor(
    file: string,

    failures: readonly UploadError[],

    arrived: readonly UploadedAsset[],
  ) {
    super(`${file}: no memory of four assets: ${failures.map(({ message }) => message).join('; ')}`);
    this.file = file;
    this.failures = failures;
    this.arrived = arrived;
  }

  /**
   * @param reasons what was thrown; a `FlowError` among them is taken apart
   * @throws whatever is no failure of an upload: a fault of this program must not look like one
   */
  static of(file: string, reasons: readonly unknown[], arrived: readonly UploadedAsset[]): FlowError {
    const failures: UploadError[] = [];
    const all = [...arrived];
    for (const reason of reasons) {
      if (reason instanceof UploadError) failures.push(reason);
      else if (reason instanceof FlowError) {
        failures.push(...reason.failures);
        all.push(...reason.arrived);
      } else throw reason;
    }
    return new FlowError(file, failures, all);
  }

  /** Everything that is known, several lines. */
  report(): string {
    const lines = this.failures.map((failure) => failure.report());
    if (this.arrived.length === 0) lines.push('nothing arrived');
    for (const { kind, blobId, size, memoryId } of this.arrived) {
      lines.push(`arrived and readable: ${kind} as ${blobId} (${size} B, held by ${memoryId})`);
    }
    return lines.join('\n');
  }

  override toString(): string {
    return this.report();
  }
}
