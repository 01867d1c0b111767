import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clip, visible, visibleLine } from './visible-text.js';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

it('replaces terminal sequences, zero bytes, and bidirectional controls with visible characters', () => {
  expect(visible('\u001b[31mred\u0000')).toBe('\u241b[31mred\u2400');
  expect(visible('a\u202Eb\u2066')).toBe('a‹U+202E›b‹U+2066›');
  expect(visible('a\r\nb\tc')).toBe('a\nb\tc');
});

it('makes any text well-formed and free of control characters', () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, fc.string({ unit: fc.constantFrom('\ud800', 'a', '\u009b', '\u2028') })),
      (text) => {
        expect(visible(text)).not.toMatch(/[^\P{Cc}\n\t]|\p{Bidi_Control}/u);
        expect(visible(text).isWellFormed()).toBe(true);
        expect(visibleLine(text)).not.toMatch(/[\n\r\t\u0085\u2028\u2029]/);
      },
    ),
  );
});

it('keeps ordinary text of any language', () => {
  for (const text of ['naïve café – 東京 🎬', 'שלום', 'x < y && "z"']) expect(visible(text)).toBe(text);
});

it('clips a long text between characters and states the number of clipped characters', () => {
  expect(clip('abcdef', 4)).toBe('abcd … (2 more characters)');
  expect(clip('abc🎬', 4).isWellFormed()).toBe(true);
  expect(clip('abcd', 4)).toBe('abcd');
});
