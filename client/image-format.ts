/** Detects supported picture formats by the first bytes of a file, and MIME types by its name. */

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff';

/** Number of bytes that `imageFormatOf` needs. */
export const HEAD_BYTES = 64;

/** Number of bytes that `endsEarly` reads. They hold the descriptions that a PNG has before its pixels, unless they are long. */
export const DESCRIPTION_BYTES = 4096;

/** Brands of an ISO base media file that hold AV1 pictures (AV1 Image File Format, section 8). */
const AVIF_BRANDS = ['avif', 'avis'];

/**
 * Returns the format that the first bytes announce, or `null`. libvips can open more formats, such as SVG and PDF. They are
 * excluded because their decoders have a larger attack surface.
 */
export function imageFormatOf(head: Uint8Array): ImageFormat | null {
  const at = (offset: number, text: string): boolean => latin1(head, offset, offset + text.length) === text;
  if (at(0, '\xff\xd8\xff')) return 'jpeg';
  if (at(0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return 'gif';
  if (at(0, 'RIFF') && at(8, 'WEBP')) return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => at(0, magic))) return 'tiff';
  return at(4, 'ftyp') && hasAvifBrand(head) ? 'avif' : null;
}

function hasAvifBrand(head: Uint8Array): boolean {
  // Checks the major brand, and the compatible brands after the minor version. In some files the major brand is `mif1`.
  for (let offset = 8; offset + 4 <= head.length; offset += 4) {
    if (offset !== 12 && AVIF_BRANDS.includes(latin1(head, offset, offset + 4))) return true;
  }
  return false;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
}

/** A PNG starts with a signature. A chunk is a length, a type, the data, and a checksum (PNG, sections 5.2 and 5.3). */
const PNG_SIGNATURE_BYTES = 8;
const PNG_CHUNK_HEADER_BYTES = 8;
const PNG_CHUNK_BYTES_MIN = 12;

/**
 * Returns whether a file is certainly shorter than its header says. It covers the formats whose decoder does not distinguish
 * truncated from corrupt files. A PNG is cut if it ends in a chunk that starts in `head`, or before the next chunk; its decoder
 * notices only a cut among the pixels. WebP contains its length. TIFF contains the offset of its first directory (TIFF 6.0,
 * section 2); a file that is cut after it looks corrupt.
 */
export function endsEarly(format: ImageFormat, head: Uint8Array, fileBytes: number): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 12) return true;
  if (format === 'png') return pngEndsEarly(view, fileBytes);
  if (format === 'webp') return view.getUint32(4, true) + 8 > fileBytes;
  if (format === 'tiff') return view.getUint32(4, head[0] === 0x49) + 2 > fileBytes;
  return false;
}

function pngEndsEarly(view: DataView, fileBytes: number): boolean {
  let next = PNG_SIGNATURE_BYTES;
  while (next + PNG_CHUNK_HEADER_BYTES <= view.byteLength) {
    if (latin1(new Uint8Array(view.buffer, view.byteOffset), next + 4, next + 8) === 'IEND') return false;
    next += PNG_CHUNK_BYTES_MIN + view.getUint32(next);
  }
  return fileBytes < next + PNG_CHUNK_HEADER_BYTES;
}

const MIME_BY_EXTENSION: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
  gif: 'image/gif',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  heic: 'image/heic',
  svg: 'image/svg+xml',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  pdf: 'application/pdf',
  zip: 'application/zip',
  json: 'application/json',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
};

/** Returns the MIME type by the extension of a name, or `application/octet-stream`. */
export function mimeTypeOfName(name: string): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return MIME_BY_EXTENSION[extension] ?? 'application/octet-stream';
}
