/** Creates the `AssetMetadata` of originals and derivatives. The same file has the same metadata in every process. */
import { createHash } from 'node:crypto';
import type { Derivative } from './derivatives.js';
import type { ImageFacts } from './image-facts.js';
import { mimeTypeOfName } from './image-format.js';
import type { ByteSource } from './source.js';
import type { AssetBase, AssetKind, AssetMetadata } from './types.js';

/**
 * Creates the metadata of an original. Its times are those of the file, because changed metadata would be another upload.
 * @param facts the facts in the header of a picture, or `null` for any other file
 */
export function originalMetadata(source: ByteSource, facts: ImageFacts | null): AssetMetadata {
  const mimeType = facts?.mimeType ?? mimeTypeOfName(source.name);
  const base: AssetBase = {
    ...baseOf(source, 'Original', source.name, mimeType, source.size),
    width: facts?.width ?? null,
    height: facts?.height ?? null,
  };
  if (facts === null) return { kind: variantOf(mimeType), base };
  const { dpi, colorSpace, exifData, compressionRatio, orientation } = facts;
  return { kind: 'Image', base, dpi, colorSpace, exifData, compressionRatio, orientation };
}

/** Returns the name of a derivative, such as `cat-thumb.webp` for `cat.jpg`. */
export function derivativeName(original: string, kind: AssetKind): string {
  return `${original.replace(/\.[^.]*$/, '')}-${kind.toLowerCase()}.webp`;
}

export function derivativeMetadata(source: ByteSource, kind: AssetKind, made: Derivative): AssetMetadata {
  const rawBytes = made.width * made.height * (made.hasAlpha ? 4 : 3);
  return {
    kind: 'Image',
    dpi: null,
    colorSpace: 'srgb',
    exifData: null,
    compressionRatio: Math.fround(rawBytes / made.bytes.length),
    orientation: null,
    base: {
      ...baseOf(source, kind, derivativeName(source.name, kind), made.mimeType, made.bytes.length),
      width: made.width,
      height: made.height,
      sha256: Uint8Array.from(createHash('sha256').update(made.bytes).digest()),
    },
  };
}

function baseOf(
  source: ByteSource,
  assetType: AssetKind,
  name: string,
  mimeType: string,
  bytes: number,
): AssetBase {
  return {
    name,
    mimeType,
    bytes: BigInt(bytes),
    assetType,
    width: null,
    height: null,
    sha256: null,
    tags: [],
    description: null,
    createdAt: source.modifiedAtNs,
    updatedAt: source.modifiedAtNs,
  };
}

/** Chooses the variant of the metadata. A picture of an unsupported format (SVG, HEIC) is a document. */
function variantOf(mimeType: string): 'Video' | 'Audio' | 'Document' | 'Note' {
  if (mimeType.startsWith('video/')) return 'Video';
  if (mimeType.startsWith('audio/')) return 'Audio';
  return mimeType === 'text/plain' || mimeType === 'text/markdown' ? 'Note' : 'Document';
}
