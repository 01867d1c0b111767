/**
 * Why no derivatives can be made of a file.
 * - `not-an-image`: none of the formats that are read (JPEG, PNG, WebP, AVIF, GIF, TIFF).
 * - `truncated`: the file ends before the picture does.
 * - `corrupt`: it begins like a picture and cannot be decoded.
 * - `too-many-pixels`: more pixels than are decoded (a decompression bomb).
 * - `too-large`: a derivative cannot be made small enough.
 * - `unreadable`: the file itself cannot be read.
 * - `unavailable`: sharp has no binary for this machine.
 */
export type DerivativeReason =
  'not-an-image' | 'truncated' | 'corrupt' | 'too-many-pixels' | 'too-large' | 'unreadable' | 'unavailable';

export class DerivativeError extends Error {
  override readonly name = 'DerivativeError';

  readonly reason: DerivativeReason;

  constructor(
    reason: DerivativeReason,
    /** One line. */
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${detail}`, options);
    this.reason = reason;
  }
}
