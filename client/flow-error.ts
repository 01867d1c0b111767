/** The error of a flow that did not create its memory of four assets: every failure, and every finished upload. */
import type { UploadedAsset } from './asset-upload.js';
import { UploadError } from './upload-error.js';

export class FlowError extends Error {
  override readonly name = 'FlowError';

  readonly file: string;
  /** One or more failures. Those of lane A come before those of lane B. */
  readonly failures: readonly UploadError[];
  /** The finished uploads. Each of their blobs is readable and belongs to a memory of one asset. */
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
   * Combines exceptions into one error. The parts of a `FlowError` among them are merged.
   * @param reasons the exceptions
   * @throws any exception that is not an upload failure, because it is a defect of the program
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

  /** Returns a report of several lines with all known facts. */
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
