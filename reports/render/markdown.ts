/** Markdown from arbitrary text: nothing in the text becomes markup, a link, or a mention. */
import { visibleLine } from '../text/visible-text.js';

/** Returns a fence longer than every run of backticks in the text, so that nothing in the text ends the code. */
function fenceFor(text: string, shortest: number): string {
  const runs = [...text.matchAll(/`+/g)].map(([ticks]) => ticks.length);
  return '`'.repeat(Math.max(shortest, ...runs.map((length) => length + 1)));
}

export function inlineCode(text: string): string {
  const line = visibleLine(text);
  const fence = fenceFor(line, 1);
  const pad = /^\s*$|^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line === '' ? ' ' : line}${pad}${fence}`;
}

export function codeBlock(lines: readonly string[]): string[] {
  const body = lines.map(visibleLine);
  const fence = fenceFor(body.join('\n'), 3);
  return [fence, ...body, fence];
}

/** Inline code for a table cell. In a table, a bar separates cells even within code. */
export function inlineCodeCell(text: string): string {
  return inlineCode(text).replaceAll('|', '\\|');
}

export function escapeMarkdown(text: string): string {
  return visibleLine(text).replace(/[\\`*_{}[\]()<>&#|~$!@]/g, '\\$&');
}

/** A table whose first column is code and whose other columns are right-aligned. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(([first = '', ...rest]) => line([inlineCodeCell(first), ...rest.map(escapeMarkdown)])),
  ];
}
