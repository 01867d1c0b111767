/** What a picture's header says about it, read without decoding a pixel. */
import exifReader from 'exif-reader';
import type { Metadata } from 'sharp';
import type { ImageFormat } from './image-format.js';

export interface ImageFacts {
  readonly format: ImageFormat;
  readonly mimeType: string;
  /** Pixels as stored, before the orientation is applied; of one frame. */
  readonly width: number;
  readonly height: number;
  /** Pixels as the picture is meant to be seen. */
  readonly uprightWidth: number;
  readonly uprightHeight: number;
  /** Of the file. */
  readonly bytes: number;
  readonly dpi: number | null;
  /** e.g. `srgb`, `cmyk`, `srgb (Display P3)`: libvips' name, and the embedded profile's. */
  readonly colorSpace: string | null;
  /** 1 to 8 (EXIF); `null` where the file says nothing. */
  readonly orientation: number | null;
  /** JSON of the EXIF tags that are text, numbers or dates, at most `EXIF_BYTES_MAX`. */
  readonly exifData: string | null;
  /** Decoded bytes of all frames by bytes of the file, as a 32-bit float. */
  readonly compressionRatio: number | null;
  /** Frames of an animation; 1 for a still. */
  readonly frames: number;
  readonly hasAlpha: boolean;
}

/** The canister takes 16,384 B of metadata altogether; half of it is for EXIF. */
const EXIF_BYTES_MAX = 8_000;
/** A tag longer than this is a maker's note or a thumbnail, not text. */
const TAG_BYTES_MAX = 500;

const BYTES_PER_SAMPLE: Readonly<Record<string, number>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
  double: 8,
};

/** @param fileBytes how long the file is */
export function imageFacts(metadata: Metadata, format: ImageFormat, fileBytes: number): ImageFacts {
  const { width, pages = 1, channels = 3, orientation } = metadata;
  const height = metadata.pageHeight ?? metadata.height;
  const turned = orientation !== undefined && orientation >= 5;
  const sampleBytes = BYTES_PER_SAMPLE[metadata.depth ?? 'uchar'] ?? 4;
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
    colorSpace: metadata.space === undefined ? null : spaceText(metadata.space, profile),
    orientation: orientation !== undefined && orientation >= 1 && orientation <= 8 ? orientation : null,
    exifData: metadata.exif === undefined ? null : exifText(metadata.exif),
    compressionRatio: Math.fround((width * height * channels * sampleBytes * pages) / fileBytes),
    frames: pages,
    hasAlpha: metadata.hasAlpha ?? false,
  };
}

/** `srgb` says all that a profile named `sRGB` does. */
function spaceText(space: string, profile: string | null): string {
  return profile === null || profile.toLowerCase() === space ? space : `${space} (${profile})`;
}

/**
 * EXIF as JSON text, group by group (`Image`, `Photo`, `GPSInfo`), the same for the same file; `null` when there is nothing that
 * can be read. Bytes, maker's notes and thumbnails stay out.
 */
export function exifText(exif: Buffer): string | null {
  let parsed: Record<string, unknown>;
  try {
    parsed = exifReader(exif);
  } catch {
    // A broken EXIF block is no reason to refuse a picture that decodes.
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

/** A tag's value as JSON can hold it; `undefined` for bytes and for what is no value. */
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
 * The name inside an ICC profile (ICC.1:2022, 7.2 and 7.3): tag `desc`, as `desc` in version 2, as `mluc` in version 4.
 * `null` where there is none that can be read.
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

/** The first language of a multi-localized text: UTF-16, big-endian. */
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
