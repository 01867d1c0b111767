/** Figures as a reader has them, and the tables that hold them. */
import { html, type Html, type HtmlValue } from './html.js';

/** `12,345`; `–` where there is none. */
export function formatNumber(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en');
}

export interface FigureTable {
  readonly caption: string;
  readonly header: readonly string[];
  /** The first of a row names it. */
  readonly rows: readonly (readonly HtmlValue[])[];
  /** A heading says the same already. */
  readonly isTitled?: boolean;
}

/** A table that scrolls within its frame where it is wider than the page. */
export function figureTable({ caption, header, rows, isTitled = false }: FigureTable): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption class="${isTitled ? 'vh' : ''}">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${header.map((title) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row">${name}</th>
              ${cells.map((cell) => html`<td class="n">${cell}</td>`)}
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

/** Pairs of a name and a value, one under the other. */
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
