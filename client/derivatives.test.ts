import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DerivativeError, type DerivativeReason } from './derivative-error.js';
import {
  DISPLAY_BYTES_MAX,
  PLACEHOLDER_URL_MAX,
  processImageDerivativesPure,
  readImageFacts,
  type Derivative,
  type ImageInput,
} from './derivatives.js';
import { animated, bomb, drawing, gradient, noise, sixteenBit, turned } from './testing/pictures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'derivatives-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads one pixel: red, green, blue. */
async function pixel(derivative: Derivative, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(derivative.bytes).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + 3)];
}

async function reasonOf(input: ImageInput, pixelsMax?: number): Promise<DerivativeReason | 'none'> {
  try {
    await processImageDerivativesPure(input, pixelsMax === undefined ? {} : { pixelsMax });
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(DerivativeError);
    expect((error as Error).message).not.toContain('\n');
    return (error as DerivativeError).reason;
  }
}

function near(seen: number[], wanted: number[], within = 12): void {
  seen.forEach((value, index) => expect(Math.abs(value - wanted[index]!)).toBeLessThanOrEqual(within));
}

const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
/** Encoders that try less. What they write is as valid. */
const QUICK = { avif: { effort: 0 }, gif: { effort: 1, dither: 0 } };

describe('the sizes of derivatives', () => {
  test.each(FORMATS)('creates three WebP files within their limits from a %s', async (format) => {
    const file = await gradient(2100, 1050)
      .toFormat(format, format === 'avif' || format === 'gif' ? QUICK[format] : {})
      .toBuffer();
    const { display, thumb, placeholder, metadata } = await processImageDerivativesPure(file);
    expect([display.width, display.height, display.quality]).toEqual([2048, 1024, 82]);
    expect([thumb.width, thumb.height, thumb.quality]).toEqual([512, 256, 82]);
    expect([placeholder.width, placeholder.height, placeholder.quality]).toEqual([32, 16, 60]);
    for (const made of [display, thumb, placeholder]) {
      const seen = await sharp(made.bytes).metadata();
      expect(seen).toMatchObject({ format: 'webp', width: made.width, height: made.height, space: 'srgb' });
      expect(seen.exif ?? seen.icc ?? seen.orientation).toBeUndefined();
    }
    expect(metadata).toMatchObject({ format, width: 2100, height: 1050, bytes: file.length, frames: 1 });
  });

  test('does not enlarge a small picture', async () => {
    const file = await gradient(20, 10).png().toBuffer();
    const { display, thumb, placeholder } = await processImageDerivativesPure(file);
    for (const made of [display, thumb, placeholder]) expect([made.width, made.height]).toEqual([20, 10]);
  });

  test('reduces the quality of a noisy display until it has less than 2 MB', async () => {
    const file = await noise(1750, 1750).png({ compressionLevel: 0 }).toBuffer();
    const { display } = await processImageDerivativesPure(file);
    expect(display.bytes.length).toBeLessThan(DISPLAY_BYTES_MAX);
    expect(display.quality).toBeLessThan(82);
    expect(display.width).toBeGreaterThanOrEqual(1024);
  });

  test('limits the data URL of a noisy placeholder with alpha', async () => {
    const file = await noise(400, 400, 4).png().toBuffer();
    const { placeholder } = await processImageDerivativesPure(file);
    expect(placeholder.dataUrl.length).toBeLessThan(PLACEHOLDER_URL_MAX);
    expect(placeholder.dataUrl).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/]+=*$/);
    const inside = Buffer.from(placeholder.dataUrl.split(',')[1]!, 'base64');
    expect(inside.equals(placeholder.bytes)).toBe(true);
  });

  test('keeps the proportions and the bounds of any size', async () => {
    const side = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 2500 }));
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        const create = { width, height, channels: 3 as const, background: 'teal' };
        const file = await sharp({ create }).png({ compressionLevel: 1 }).toBuffer();
        const made = await processImageDerivativesPure(file);
        for (const [derivative, most] of [
          [made.display, 2048],
          [made.thumb, 512],
          [made.placeholder, 32],
        ] as const) {
          const scale = Math.min(1, most / Math.max(width, height));
          expect(Math.abs(derivative.width - Math.max(1, width * scale))).toBeLessThanOrEqual(1);
          expect(Math.abs(derivative.height - Math.max(1, height * scale))).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('produces the same bytes for the same file', async () => {
    const file = await noise(300, 200).jpeg().toBuffer();
    const [one, two] = [await processImageDerivativesPure(file), await processImageDerivativesPure(file)];
    expect(one).toEqual(two);
  });
});

describe('the content of derivatives', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('applies orientation %i', async (orientation) => {
    const file = await turned(orientation);
    const { display, metadata } = await processImageDerivativesPure(file);
    const upright = orientation >= 5 ? [40, 60] : [60, 40];
    expect([display.width, display.height]).toEqual(upright);
    expect([metadata.uprightWidth, metadata.uprightHeight]).toEqual(upright);
    expect(metadata).toMatchObject({ orientation, width: 60, height: 40 });
    // The side that shows the stored top, which is red: EXIF 2.3, tag 0x0112.
    const redAt = {
      1: 'top',
      2: 'top',
      3: 'bottom',
      4: 'bottom',
      5: 'left',
      6: 'right',
      7: 'right',
      8: 'left',
    }[orientation];
    const [w, h] = upright as [number, number];
    const spots = { top: [w / 2, 4], bottom: [w / 2, h - 5], left: [4, h / 2], right: [w - 5, h / 2] };
    for (const [side, [x, y]] of Object.entries(spots)) {
      const [red, , blue] = await pixel(display, x!, y!);
      if (side === redAt) expect(red).toBeGreaterThan(blue!);
    }
    const opposite = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }[
      redAt!
    ] as keyof typeof spots;
    const [red, , blue] = await pixel(display, spots[opposite][0]!, spots[opposite][1]!);
    expect(blue).toBeGreaterThan(red!);
  });

  test('converts 16 bits to 8 bits', async () => {
    const file = await sixteenBit(64, 64);
    expect((await sharp(file).metadata()).depth).toBe('ushort');
    const { display, metadata } = await processImageDerivativesPure(file);
    near(await pixel(display, 30, 30), [128, 128, 128], 2);
    expect(metadata.compressionRatio).toBe(Math.fround((64 * 64 * 3 * 2) / file.length));
  });

  test('converts a Display P3 red to the same red in sRGB', async () => {
    // The same colour has other values in Display P3 than in sRGB.
    const red = sharp({
      create: { width: 50, height: 50, channels: 3, background: { r: 230, g: 40, b: 30 } },
    });
    const file = await red.withIccProfile('p3').png().toBuffer();
    const { display, metadata } = await processImageDerivativesPure(file);
    near(await pixel(display, 25, 25), [230, 40, 30], 6);
    expect(metadata.colorSpace).toMatch(/^srgb \(.+\)$/);
  });

  test('converts CMYK and grey to sRGB', async () => {
    const cmyk = await gradient(100, 80).toColourspace('cmyk').jpeg().toBuffer();
    const grey = await gradient(100, 80).toColourspace('b-w').png().toBuffer();
    expect((await readImageFacts(cmyk)).colorSpace).toMatch(/^cmyk/);
    expect((await readImageFacts(grey)).colorSpace).toBe('b-w');
    for (const file of [cmyk, grey]) {
      const { display } = await processImageDerivativesPure(file);
      expect((await sharp(display.bytes).metadata()).space).toBe('srgb');
    }
  });

  test('keeps alpha', async () => {
    const file = await drawing(400, 300).png().toBuffer();
    const { display, thumb, placeholder, metadata } = await processImageDerivativesPure(file);
    expect(metadata.hasAlpha).toBe(true);
    for (const made of [display, thumb, placeholder]) {
      expect(made.hasAlpha).toBe(true);
      expect((await sharp(made.bytes).metadata()).hasAlpha).toBe(true);
    }
  });

  test.each(['gif', 'webp'] as const)('shows the first frame of an animated %s', async (format) => {
    const file = await animated(format);
    const { display, metadata } = await processImageDerivativesPure(file);
    expect(metadata).toMatchObject({ frames: 3, width: 40, height: 30 });
    expect([display.width, display.height]).toEqual([40, 30]);
    near(await pixel(display, 20, 15), [255, 0, 0]);
    expect((await sharp(display.bytes).metadata()).pages ?? 1).toBe(1);
  });
});

describe('the facts of a picture', () => {
  test('contain dpi, EXIF text, orientation, compression ratio, and sizes of the file', async () => {
    const file = await gradient(600, 400)
      .withMetadata({ density: 300, orientation: 6 })
      .withExifMerge({ IFD0: { Make: 'Acme', Copyright: 'nobody' }, IFD2: { LensModel: 'Fifty' } })
      .jpeg()
      .toBuffer();
    const facts = await readImageFacts(file);
    expect(facts).toMatchObject({ dpi: 300, orientation: 6, colorSpace: 'srgb', mimeType: 'image/jpeg' });
    expect(facts.compressionRatio).toBe(Math.fround((600 * 400 * 3) / file.length));
    expect(JSON.parse(facts.exifData!)).toMatchObject({
      Image: { Make: 'Acme', Copyright: 'nobody' },
      Photo: { LensModel: 'Fifty' },
    });
  });

  test('omit long EXIF tags and limit the text to 8,000 bytes', async () => {
    const tags = Object.fromEntries(
      ['Artist', 'Copyright', 'Make', 'Model', 'Software', 'ImageDescription'].map((tag) => [
        tag,
        tag.repeat(20),
      ]),
    );
    const file = await gradient(60, 40)
      .withExif({ IFD0: { ...tags, DocumentName: 'x'.repeat(20_000) } })
      .jpeg()
      .toBuffer();
    const { exifData } = await readImageFacts(file);
    expect(exifData).toContain('Artist');
    expect(exifData).not.toContain('xxxx');
    expect(Buffer.byteLength(exifData!)).toBeLessThan(8_000);
  });

  test('are equal for a path and for the bytes of the same file', async () => {
    const file = await gradient(300, 200).tiff().toBuffer();
    const path = join(folder, 'same.tiff');
    await writeFile(path, file);
    expect(await processImageDerivativesPure(path)).toEqual(await processImageDerivativesPure(file));
  });

  test('are those of the new picture after a file was replaced', async () => {
    const path = join(folder, 'replaced.png');
    await writeFile(path, await gradient(30, 20).png().toBuffer());
    expect((await processImageDerivativesPure(path)).display.width).toBe(30);
    await writeFile(path, await gradient(50, 20).png().toBuffer());
    expect((await processImageDerivativesPure(path)).display.width).toBe(50);
  });
});

describe('a file that is not a picture', () => {
  test('is refused as not-an-image if it is text, empty, or an SVG', async () => {
    expect(await reasonOf(Buffer.from('hello'))).toBe('not-an-image');
    expect(await reasonOf(new Uint8Array())).toBe('not-an-image');
    expect(
      await reasonOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
    ).toBe('not-an-image');
  });

  test('is unreadable if it does not exist', async () => {
    expect(await reasonOf(join(folder, 'missing.png'))).toBe('unreadable');
  });

  test.each(FORMATS)('is reported as truncated if it is a %s that ends early', async (format) => {
    const file = await noise(120, 90).toFormat(format).toBuffer();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 16, max: Math.floor(file.length * 0.98) }), async (end) => {
        const reason = await reasonOf(file.subarray(0, end));
        // A TIFF has its directory after the pixels. A file that is cut there looks corrupt.
        expect(format === 'tiff' ? ['truncated', 'corrupt'] : ['truncated']).toContain(reason);
      }),
      { numRuns: 25 },
    );
  });

  test('is reported as truncated wherever a PNG ends before its pixels', async () => {
    const plain = await noise(12, 9).png().toBuffer();
    const described = await noise(12, 9)
      .withExif({ IFD0: { Artist: 'nobody' } })
      .png()
      .toBuffer();
    for (const file of [plain, described]) {
      const pixels = file.indexOf('IDAT') + 4;
      for (let end = 12; end <= pixels; end += 1) {
        expect(`${end}: ${await reasonOf(file.subarray(0, end))}`).toBe(`${end}: truncated`);
      }
    }
  });

  test.each(FORMATS)(
    'a %s with broken bytes gives pictures or a reason, never anything else',
    async (format) => {
      const file = await noise(120, 90).toFormat(format).toBuffer();
      const breaks = fc.array(fc.record({ at: fc.nat({ max: file.length - 1 }), to: fc.nat({ max: 255 }) }), {
        minLength: 1,
        maxLength: 40,
      });
      await fc.assert(
        fc.asyncProperty(breaks, async (list) => {
          const broken = Buffer.from(file);
          for (const { at, to } of list) broken[at] = to;
          await reasonOf(broken, 4_000_000);
        }),
        { numRuns: 25 },
      );
    },
  );

  test('is limited to fewer pixels if its decoder holds the whole frame', async () => {
    const flat = sharp({ create: { width: 8000, height: 6300, channels: 3, background: 'teal' } });
    const [lines, whole] = [await flat.jpeg().toBuffer(), await flat.jpeg({ progressive: true }).toBuffer()];
    expect(await reasonOf(lines)).toBe('none');
    expect(await reasonOf(whole)).toBe('too-many-pixels');
    expect(await reasonOf(whole, 8000 * 6300)).toBe('none');
  });

  test('is refused by its header if it is a decompression bomb', async () => {
    const file = bomb(60_000);
    expect(file.length).toBeLessThan(200);
    expect(await reasonOf(file)).toBe('too-many-pixels');
    expect(await reasonOf(await gradient(300, 200).png().toBuffer(), 59_999)).toBe('too-many-pixels');
    expect(await reasonOf(await gradient(300, 200).png().toBuffer(), 60_000)).toBe('none');
  });
});
