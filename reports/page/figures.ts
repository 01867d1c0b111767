/** Tables of figures, and collapsible blocks. */
import { html, type Html, type HtmlValue } from './html.js';

export interface FigureTable {
  readonly caption: string;
  readonly header: readonly string[];
  /** The first cell names the row. */
  readonly rows: readonly (readonly HtmlValue[])[];
  /** If true, only screen readers get the caption, because a heading above the table says the same. */
  readonly isTitled?: boolean;
}

/** A number, possibly with a sign, a unit, or a remark, or the dash of a missing number; but not a date. */
const FIGURE = /^(?:[+-]?\d(?!\d{3}-)|–$|from 0$)/;

/** A column is right-aligned if all of its cells are figures. */
function isFigureColumn(rows: FigureTable['rows'], column: number): boolean {
  return column > 0 && rows.every((row) => FIGURE.test(String(row[column])));
}

/** A table that scrolls in its own frame if it is wider than the page. */
export function figureTable({ caption, header, rows, isTitled = false }: FigureTable): Html {
  const classes = header.map((_, column) => (isFigureColumn(rows, column) ? 'figure' : ''));
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption class="${isTitled ? 'vh' : ''}">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${header.map((title, column) => html`<th scope="col" class="${classes[column]}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell, index) => html`<td class="n ${classes[index + 1]}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function collapsible(summary: string, content: HtmlValue): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

/** A table of names and values, one pair per row. */
export function propertyTable(
  caption: string,
  rows: readonly (readonly [name: string, value: HtmlValue])[],
): Html {
  return html`<table class="properties">
    <caption class="vh">
      ${caption}
    </caption>
    <tbody>
      ${rows.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${value}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
