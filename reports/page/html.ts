/**
 * HTML templates that are safe by default: every value is escaped for text and for double-quoted attributes, unless it is `Html`.
 * Never put a value into a script, a style sheet, a comment, or an unquoted attribute.
 */
import { visible } from '../text/visible-text.js';

/** Trusted markup. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(markupOf).join('');
  return escapeHtml(String(value));
}

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, i) => part + markupOf(values[i])).join(''));
}

/** Joins the parts to an id of letters, digits, and hyphens. */
export function htmlId(...parts: readonly (string | number)[]): string {
  return parts.join('-').replace(/[^A-Za-z0-9]+/g, '-');
}
