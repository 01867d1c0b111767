/**
 * Creates the three derivatives of a picture: display, thumb, and placeholder. All are WebP, upright (EXIF orientation
 * applied), in sRGB, with 8 bits per channel, without metadata, and never larger than the original. For an animation they
 * show the first frame.
 */
import { open } from 'node:fs/promises';
import type sharpModule from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import { DerivativeError, type DerivativeReason } from './derivative-error.js';
import { imageFacts, type ImageFacts } from './image-facts.js';
import { DESCRIPTION_BYTES, endsEarly, HEAD_BYTES, imageFormatOf, type ImageFormat } from './image-format.js';

export const DISPLAY_PIXELS_MAX = 2_048;
export const DISPLAY_BYTES_MAX = 2_000_000;
export const THUMB_PIXELS_MAX = 512;
export const PLACEHOLDER_PIXELS_MAX = 32;
/** The largest length of the placeholder's data URL, in characters. */
export const PLACEHOLDER_URL_MAX = 10_000;
/** The default of sharp: 16383², the largest WebP picture. */
export const PIXELS_MAX = 268_402_689;
/**
 * The limit for formats whose decoder holds the whole frame (AVIF, GIF, WebP, progressive JPEG, interlaced PNG). Measured with
 * sharp 0.35.5: an AVIF of 2.7 KB with 144 million pixels takes 2.5 GB and 17 s. The limit allows 48-megapixel cameras.
 */
export const WHOLE_FRAME_PIXELS_MAX = 50_000_000;

const DISPLAY_QUALITY = 82;
const THUMB_QUALITY = 82;
const PLACEHOLDER_QUALITY = 60;
/** The lowest quality. If it does not suffice, the picture is made smaller. */
const QUALITY_MIN = 42;
const QUALITY_STEP = 10;

/** The file of a picture: a path, or its bytes. */
export type ImageInput = string | Uint8Array;

export interface Derivative {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** The WebP quality that was used, 1 to 100. */
  readonly quality: number;
  readonly hasAlpha: boolean;
  readonly mimeType: 'image/webp';
}

export interface PlaceholderDerivative extends Derivative {
  /** `data:image/webp;base64,…` */
  readonly dataUrl: string;
}

export interface ImageDerivatives {
  readonly display: Derivative;
  readonly thumb: Derivative;
  readonly placeholder: PlaceholderDerivative;
  /** The facts in the header of the original. */
  readonly metadata: ImageFacts;
}

export interface DerivativeOptions {
  readonly pixelsMax?: number;
}

/**
 * Creates the derivatives without a canister. Decodes the picture once.
 * @throws {DerivativeError} if the file is not a supported picture, is damaged, or has too many pixels
 */
export async function processImageDerivativesPure(
  input: ImageInput,
  options: DerivativeOptions = {},
): Promise<ImageDerivatives> {
  const picture = await openPicture(input);
  const pixelsMax = options.pixelsMax ?? (picture.wholeFrame ? WHOLE_FRAME_PIXELS_MAX : PIXELS_MAX);
  const { width, height } = picture.facts;
  if (width * height > pixelsMax) {
    throw new DerivativeError(
      'too-many-pixels',
      `${width} x ${height} pixels, at most ${pixelsMax} are decoded`,
    );
  }
  const canvas = await decode(picture, pixelsMax);
  const display = await encodeUnder(canvas, DISPLAY_PIXELS_MAX, DISPLAY_QUALITY, DISPLAY_BYTES_MAX);
  const thumb = await encode(canvas, THUMB_PIXELS_MAX, THUMB_QUALITY);
  const urlHead = 'data:image/webp;base64,';
  const placeholderMax = Math.floor((PLACEHOLDER_URL_MAX - urlHead.length) / 4) * 3;
  const small = await encodeUnder(canvas, PLACEHOLDER_PIXELS_MAX, PLACEHOLDER_QUALITY, placeholderMax);
  const dataUrl = urlHead + Buffer.from(small.bytes).toString('base64');
  return { display, thumb, placeholder: { ...small, dataUrl }, metadata: picture.facts };
}

/**
 * Reads the header of a picture.
 * @throws {DerivativeError} if the file is not a supported picture, or its header is damaged
 */
export async function readImageFacts(input: ImageInput): Promise<ImageFacts> {
  return (await openPicture(input)).facts;
}

interface Picture {
  readonly facts: ImageFacts;
  /** Whether the decoder holds all pixels in memory at once. */
  readonly wholeFrame: boolean;
  readonly sharp: (options: SharpOptions) => Sharp;
  /** Converts an exception of sharp to a `DerivativeError`. */
  readonly failed: (error: unknown) => DerivativeError;
}

async function openPicture(input: ImageInput): Promise<Picture> {
  const { head, fileBytes } = await readHead(input);
  const format = imageFormatOf(head.subarray(0, HEAD_BYTES));
  if (format === null) {
    throw new DerivativeError('not-an-image', 'not a JPEG, PNG, WebP, AVIF, GIF or TIFF file');
  }
  const sharp = await loadSharp();
  const make = (options: SharpOptions): Sharp => sharp(input, { failOn: 'error', ...options });
  const failed = (error: unknown): DerivativeError =>
    whyNot(error, format, endsEarly(format, head, fileBytes));
  try {
    const metadata = await make({ limitInputPixels: false }).metadata();
    const wholeFrame = ['avif', 'gif', 'webp'].includes(format) || metadata.isProgressive;
    return { facts: imageFacts(metadata, format, fileBytes), wholeFrame, sharp: make, failed };
  } catch (error) {
    throw failed(error);
  }
}

async function readHead(input: ImageInput): Promise<{ head: Uint8Array; fileBytes: number }> {
  if (typeof input !== 'string') {
    return { head: input.subarray(0, DESCRIPTION_BYTES), fileBytes: input.length };
  }
  try {
    const handle = await open(input, 'r');
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(
        new Uint8Array(DESCRIPTION_BYTES),
        0,
        DESCRIPTION_BYTES,
        0,
      );
      return { head: buffer.subarray(0, bytesRead), fileBytes: size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new DerivativeError('unreadable', `${input}: ${(error as Error).message}`, { cause: error });
  }
}

/** Loads sharp on first use. Without a binary for this machine, originals can still be uploaded. */
async function loadSharp(): Promise<typeof sharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    // libvips caches pictures by file name, so a replaced file would give the old picture.
    sharp.cache(false);
    return sharp;
  } catch (error) {
    throw new DerivativeError('unavailable', `sharp cannot be loaded: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The decoded picture: upright sRGB pixels, not larger than the display derivative. */
interface Canvas {
  readonly sharp: (options: SharpOptions) => Sharp;
  readonly pixels: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

async function decode(picture: Picture, pixelsMax: number): Promise<Canvas> {
  try {
    const { data, info } = await picture
      .sharp({ limitInputPixels: pixelsMax })
      .autoOrient()
      .resize(inside(DISPLAY_PIXELS_MAX))
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const { default: sharp } = await import('sharp');
    const make = (options: SharpOptions): Sharp =>
      sharp(data, { raw: { width, height, channels }, ...options });
    return { sharp: make, pixels: data, width, height, channels };
  } catch (error) {
    throw picture.failed(error);
  }
}

function inside(pixels: number) {
  return { width: pixels, height: pixels, fit: 'inside', withoutEnlargement: true } as const;
}

async function encode(canvas: Canvas, pixels: number, quality: number): Promise<Derivative> {
  const { data, info } = await canvas
    .sharp({ limitInputPixels: false })
    .resize(inside(pixels))
    .webp({ quality })
    .toBuffer({ resolveWithObject: true });
  return {
    bytes: Uint8Array.from(data),
    width: info.width,
    height: info.height,
    quality,
    hasAlpha: canvas.channels === 4 || canvas.channels === 2,
    mimeType: 'image/webp',
  };
}

/** Encodes a picture in less than `bytesMax` bytes. Reduces first the quality, then the size. */
async function encodeUnder(
  canvas: Canvas,
  pixels: number,
  quality: number,
  bytesMax: number,
): Promise<Derivative> {
  let side = pixels;
  for (let now = quality; side >= 1;) {
    const made = await encode(canvas, side, now);
    if (made.bytes.length < bytesMax) return made;
    if (now - QUALITY_STEP >= QUALITY_MIN) now -= QUALITY_STEP;
    else side = Math.floor(side / 2);
  }
  throw new DerivativeError('too-large', `no WebP of it is under ${bytesMax} B`);
}

/** Messages of libvips and its loaders about a file that ends too early. */
const CUT_SHORT =
  /premature end|read error|bad seek|unexpected end|end of (file|data|stream)|not enough data|truncated/i;
const TOO_MANY_PIXELS = /pixel limit|too large|dimensions? exceed/i;

function whyNot(error: unknown, format: ImageFormat, cut: boolean): DerivativeError {
  const message = (error as Error).message;
  const line = message.split('\n', 1)[0] ?? '';
  let reason: DerivativeReason = 'corrupt';
  if (TOO_MANY_PIXELS.test(message)) reason = 'too-many-pixels';
  else if (cut || CUT_SHORT.test(message)) reason = 'truncated';
  return new DerivativeError(reason, `the ${format.toUpperCase()} file cannot be decoded: ${line}`, {
    cause: error,
  });
}
