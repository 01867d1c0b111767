/**
 * The reason why a file has no derivatives.
 * - `not-an-image`: the file has none of the supported formats (JPEG, PNG, WebP, AVIF, GIF, TIFF).
 * - `truncated`: the file ends too early.
 * - `corrupt`: the file has a supported format, but cannot be decoded.
 * - `too-many-pixels`: the picture has more pixels than the limit (a decompression bomb).
 * - `too-large`: a derivative exceeds its size limit at any quality.
 * - `unreadable`: the file cannot be read.
 * - `unavailable`: sharp has no binary for this machine.
 */
export type DerivativeReason =
  'not-an-image' | 'truncated' | 'corrupt' | 'too-many-pixels' | 'too-large' | 'unreadable' | 'unavailable';

export class DerivativeError extends Error {
  override readonly name = 'DerivativeError';

  readonly reason: DerivativeReason;

  constructor(
    reason: DerivativeReason,
    /** A description in one line. */
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${reason}: ${detail}`, options);
    this.reason = reason;
  }
}
