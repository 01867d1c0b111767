/** Generated pictures for tests: gradients, noise, text, orientations, 16 bits, alpha, animations, and a decompression bomb. */
import sharp, { type Sharp } from 'sharp';

/** A smooth picture: red grows to the right, green grows downwards, blue is constant. */
export function gradient(width: number, height: number): Sharp {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      pixels[at] = Math.round((255 * x) / Math.max(width - 1, 1));
      pixels[at + 1] = Math.round((255 * y) / Math.max(height - 1, 1));
      pixels[at + 2] = 128;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Pseudorandom pixels for a seed: the worst case of every codec. */
export function noise(width: number, height: number, channels: 3 | 4 = 3, seed = 1): Sharp {
  const pixels = new Uint8Array(width * height * channels);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < pixels.length; at += 1) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    pixels[at] = state >>> 24;
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** A drawing with text and a transparent background. */
export function drawing(width: number, height: number, words = 'upload'): Sharp {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <circle cx="50%" cy="50%" r="40%" fill="teal"/>
    <text x="50%" y="50%" font-size="${Math.round(height / 5)}" text-anchor="middle" fill="white">${words}</text>
  </svg>`;
  return sharp(Buffer.from(svg));
}

/** A picture with a red top half and a blue bottom half as stored, and an EXIF orientation. */
export function turned(orientation: number, width = 60, height = 40): Promise<Buffer> {
  const half = { width, height: height / 2, channels: 3 as const };
  return sharp({ create: { width, height, channels: 3, background: 'blue' } })
    .composite([{ input: { create: { ...half, background: 'red' } }, top: 0, left: 0 }])
    .withMetadata({ orientation })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A mid-grey picture with 16 bits per sample. */
export function sixteenBit(width: number, height: number): Promise<Buffer> {
  const samples = new Uint16Array(width * height * 3).fill(0x8080);
  return sharp(samples, { raw: { width, height, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
}

/** An animation with a red, a green, and a blue frame. */
export async function animated(format: 'gif' | 'webp', width = 40, height = 30): Promise<Buffer> {
  const frames = await Promise.all(
    ['red', 'lime', 'blue'].map((background) =>
      sharp({ create: { width, height, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const joined = sharp(frames, { join: { animated: true } });
  return format === 'gif' ? joined.gif().toBuffer() : joined.webp({ lossless: true }).toBuffer();
}

/**
 * A decompression bomb: a PNG of about a hundred bytes whose header claims `side` by `side` pixels of one bit. Its data is an
 * empty zlib stream, which is not read if the header is checked.
 */
export function bomb(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const empty = Buffer.from('789c030000000001', 'hex');
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', empty),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** CRC-32 of ISO 3309, which PNG uses. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
