import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../text/visible-text.js';
import { escapeHtml, html, Html, htmlId } from './html.js';

const NAMES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const unescape = (text: string) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => NAMES[name]!);

describe('HTML templates', () => {
  it('escapes any text so that it contains no markup and can be unescaped', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '!--', '/script', 'amp;', 'a', '\u0000') }),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        expect(escapeHtml(drawn)).not.toMatch(/[<>"'\u0000]|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(unescape(escapeHtml(drawn))).toBe(visible(drawn));
      }),
    );
  });

  it('escape values, keep markup, join lists, and omit missing values', () => {
    const item = (text: string) => html`<li title="${text}">${text}</li>`;
    const list = html`<ul>
      ${['<a>', '"b"'].map(item)}${null}${undefined}${false}${0}
    </ul>`;
    expect(list.markup.replace(/\s*\n\s*/g, '')).toBe(
      '<ul><li title="&lt;a&gt;">&lt;a&gt;</li><li title="&quot;b&quot;">&quot;b&quot;</li>0</ul>',
    );
    expect(html`${new Html('<b>')}`.markup).toBe('<b>');
  });

  it('build ids from letters, digits, and hyphens', () => {
    expect(htmlId('strip', 1, '"><x')).toMatch(/^[A-Za-z0-9-]+$/);
  });
});
