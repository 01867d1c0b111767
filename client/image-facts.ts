/** The facts in the header of a picture, read without decoding it. */
import exifReader from 'exif-reader';
import type { Metadata } from 'sharp';
import type { ImageFormat } from './image-format.js';

export interface ImageFacts {
  readonly format: ImageFormat;
  readonly mimeType: string;
  /** Width of one frame in pixels, before the orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** Width of one frame in pixels, after the orientation is applied. */
  readonly uprightWidth: number;
  readonly uprightHeight: number;
  /** Size of the file in bytes. */
  readonly bytes: number;
  readonly dpi: number | null;
  /** The colour space as libvips names it, and the name of the embedded profile, such as `cmyk` or `srgb (Display P3)`. */
  readonly colorSpace: string | null;
  /** EXIF orientation, 1 to 8, or `null` if the file has none. */
  readonly orientation: number | null;
  /** The EXIF tags that are texts, numbers, or dates, as JSON of at most 8,000 bytes. */
  readonly exifData: string | null;
  /** Decoded bytes of all frames divided by the bytes of the file, as a 32-bit float. */
  readonly compressionRatio: number | null;
  /** Number of frames, 1 for a still picture. */
  readonly frames: number;
  readonly hasAlpha: boolean;
}

/** Limit of the EXIF text, about half of the 16,384 bytes of metadata that the canister accepts. */
const EXIF_BYTES_MAX = 8_000;
/** A longer tag is a maker's note or a thumbnail. */
const TAG_BYTES_MAX = 500;

const BYTES_PER_SAMPLE: Readonly<Record<string, number>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  double: 8,
};

/** @param fileBytes size of the file in bytes */
export function imageFacts(metadata: Metadata, format: ImageFormat, fileBytes: number): ImageFacts {
  const { width, pages = 1, channels, orientation } = metadata;
  const height = metadata.pageHeight ?? metadata.height;
  const turned = orientation !== undefined && orientation >= 5;
  const sampleBytes = BYTES_PER_SAMPLE[metadata.depth] ?? 4;
  const profile = metadata.icc === undefined ? null : profileName(metadata.icc);
  return {
    format,
    mimeType: `image/${format}`,
    width,
    height,
    uprightWidth: turned ? height : width,
    uprightHeight: turned ? width : height,
    bytes: fileBytes,
    dpi: metadata.density === undefined ? null : Math.round(metadata.density),
    colorSpace: spaceText(metadata.space, profile),
    orientation: orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : null,
    exifData: metadata.exif === undefined ? null : exifText(metadata.exif),
    compressionRatio: Math.fround((width * height * channels * sampleBytes * pages) / fileBytes),
    frames: pages,
    hasAlpha: metadata.hasAlpha,
  };
}

/** Formats a colour space. A profile named `sRGB` adds nothing to `srgb`. */
function spaceText(space: string, profile: string | null): string {
  return profile === null || profile.toLowerCase() === space ? space : `${space} (${profile})`;
}

/**
 * Returns the EXIF tags as JSON, grouped by `Image`, `Photo`, and `GPSInfo`, or `null` if there are none. It omits bytes, maker's
 * notes, and thumbnails. The result is deterministic.
 */
export function exifText(exif: Buffer): string | null {
  let parsed: Record<string, unknown>;
  try {
    parsed = exifReader(exif);
  } catch {
    // A picture with a damaged EXIF block can still be decoded.
    return null;
  }
  const groups: Record<string, Record<string, unknown>> = {};
  let used = 2;
  for (const group of ['Image', 'Photo', 'GPSInfo']) {
    for (const [tag, raw] of Object.entries((parsed[group] as object | undefined) ?? {})) {
      const value = plainTag(raw);
      if (value === undefined) continue;
      const size = Buffer.byteLength(JSON.stringify({ [tag]: value })) + group.length + 8;
      if (size > TAG_BYTES_MAX || used + size > EXIF_BYTES_MAX) continue;
      used += size;
      (groups[group] ??= {})[tag] = value;
    }
  }
  return Object.keys(groups).length === 0 ? null : JSON.stringify(groups);
}

/** Converts the value of a tag to JSON. Returns `undefined` for bytes and invalid values. */
function plainTag(raw: unknown): unknown {
  if (typeof raw === 'string') return raw.replace(/\0+$/, '').trim() || undefined;
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined;
  if (raw instanceof Date) return Number.isNaN(raw.getTime()) ? undefined : raw.toISOString();
  if (Array.isArray(raw) && raw.length <= 16) {
    const plain = raw.map(plainTag);
    return plain.includes(undefined) ? undefined : plain;
  }
  return undefined;
}

/**
 * Returns the name in an ICC profile (ICC.1:2022, 7.2 and 7.3), or `null`. It is the tag `desc`, of type `desc` in version 2 and
 * `mluc` in version 4.
 */
export function profileName(icc: Buffer): string | null {
  try {
    const tags = icc.readUInt32BE(128);
    for (let entry = 132; entry < 132 + Math.min(tags, 100) * 12; entry += 12) {
      if (icc.toString('latin1', entry, entry + 4) !== 'desc') continue;
      const data = icc.subarray(icc.readUInt32BE(entry + 4));
      return tidyName(data.toString('latin1', 0, 4) === 'mluc' ? firstOfMluc(data) : asciiOfDesc(data));
    }
    return null;
  } catch {
    return null;
  }
}

const asciiOfDesc = (data: Buffer): string => data.toString('latin1', 12, 12 + data.readUInt32BE(8));

/** Returns the first language of a multi-localized text, which is UTF-16 in big-endian order. */
function firstOfMluc(data: Buffer): string {
  const length = data.readUInt32BE(20);
  const offset = data.readUInt32BE(24);
  return Buffer.from(data.subarray(offset, offset + (length & ~1)))
    .swap16()
    .toString('utf16le');
}

function tidyName(name: string): string | null {
  return name.replace(/\0.*$/s, '').trim().slice(0, 100) || null;
}
