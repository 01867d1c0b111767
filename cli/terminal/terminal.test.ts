import { describe, expect, it } from 'vitest';
import { createTerminal, wantsColor } from './terminal.js';
import { PassThrough } from 'node:stream';

describe('colours', () => {
  it('appear on a terminal only, also on a CI service', () => {
    expect(wantsColor(undefined, {}, { CI: 'true' })).toBe(false);
    expect(wantsColor(undefined, { isTTY: true }, { CI: 'true' })).toBe(true);
    expect(wantsColor(undefined, { isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });

  it('obey the option, then NO_COLOR, then FORCE_COLOR', () => {
    expect(wantsColor(false, { isTTY: true }, { FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor(undefined, { isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor(undefined, {}, { FORCE_COLOR: '1' })).toBe(true);
  });

  it('are absent from the lines of a pipe', () => {
    const pipe = new PassThrough();
    const { colors } = createTerminal({ color: undefined, stream: pipe as unknown as NodeJS.WriteStream });
    expect(colors.red('found')).toBe('found');
  });
});
