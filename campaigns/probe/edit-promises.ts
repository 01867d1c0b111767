/**
 * Adds promises to the source of a target, in the object literal `promises: { … }`. Everything else stays as it is, comments included.
 */
import type { PromiseValue } from './promise-fields.js';

export interface PromiseEdit {
  /** For example `chunkOrder` or `access.put`. */
  readonly field: string;
  readonly value: PromiseValue;
}

/** The source with these promises; `undefined` if it has no object literal `promises`, or more than one. */
export function withPromises(source: string, edits: readonly PromiseEdit[]): string | undefined {
  let edited = source;
  for (const { field, value } of edits) {
    const open = openingOf(edited);
    const next = open === undefined ? undefined : withMember(edited, open, field.split('.'), literal(value));
    if (next === undefined) return undefined;
    edited = next;
  }
  return edited;
}

function literal(value: PromiseValue): string {
  if (typeof value === 'string') return `'${value}'`;
  return String(value).replace(/\B(?=(\d{3})+$)/g, '_');
}

/** The place of the brace that opens the promises. */
function openingOf(source: string): number | undefined {
  const matches = [...masked(source).matchAll(/\bpromises\s*(?::\s*[\w.]+\s*=|[:=])\s*\{/g)];
  const [match] = matches;
  return match === undefined || matches.length > 1 ? undefined : match.index + match[0].length - 1;
}

/** The source with comments and texts blanked out, so that their braces do not count. */
function masked(source: string): string {
  const ignored = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return source.replace(ignored, (text) => text.replace(/[^\n]/g, text.startsWith('/') ? ' ' : '_'));
}

interface Member {
  readonly key: string;
  /** Where the value starts and ends in the source. */
  readonly start: number;
  readonly end: number;
}

interface ObjectLiteral {
  readonly members: readonly Member[];
  /** The place of the closing brace. */
  readonly close: number;
}

const CLOSING: Readonly<Record<string, number>> = { '{': 1, '[': 1, '(': 1, '}': -1, ']': -1, ')': -1 };

function objectAt(mask: string, open: number): ObjectLiteral | undefined {
  const members: Member[] = [];
  let depth = 0;
  let from = open + 1;
  for (let place = open; place < mask.length; place++) {
    const character = mask[place] ?? '';
    depth += CLOSING[character] ?? 0;
    if (depth > 1 || (depth === 1 && character !== ',')) continue;
    const [head = '', key] = /^\s*([\w$]+)\s*:\s*/.exec(mask.slice(from, place)) ?? [];
    if (key !== undefined) members.push({ key, start: from + head.length, end: place });
    from = place + 1;
    if (depth === 0) return { members, close: place };
  }
  return undefined;
}

/** Sets one member of the object that opens at this place. `undefined` if that is not possible. */
function withMember(
  source: string,
  open: number,
  [key = '', ...rest]: readonly string[],
  value: string,
): string | undefined {
  const mask = masked(source);
  const object = objectAt(mask, open);
  if (object === undefined) return undefined;
  const member = object.members.find((each) => each.key === key);
  const [inner] = rest;
  if (member === undefined)
    return withNewMember(
      source,
      open,
      object,
      `${key}: ${inner === undefined ? value : `{ ${inner}: ${value} }`}`,
    );
  if (inner !== undefined)
    return mask[member.start] === '{' ? withMember(source, member.start, rest, value) : undefined;
  const old = source.slice(member.start, member.end).trimEnd();
  return source.slice(0, member.start) + value + source.slice(member.start + old.length);
}

function withNewMember(source: string, open: number, { close }: ObjectLiteral, member: string): string {
  // The last character of code before the closing brace: a comment may follow it.
  const last = masked(source).slice(0, close).trimEnd().length;
  const needsComma = last > open + 1 && source[last - 1] !== ',';
  const isMultiline = source.slice(open, close).includes('\n');
  if (!isMultiline) {
    const head = source.slice(0, last) + (needsComma ? ',' : '');
    return `${head} ${member} ${source.slice(close)}`;
  }
  const closingLine = source.lastIndexOf('\n', close) + 1;
  const indent = `${/^[ \t]*/.exec(source.slice(closingLine))?.[0] ?? ''}  `;
  const body = source.slice(0, last) + (needsComma ? ',' : '') + source.slice(last, closingLine);
  return `${body}${indent}${member},\n${source.slice(closingLine)}`;
}
