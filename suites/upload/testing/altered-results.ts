/** A result with one thing in it other than it was: what a canister that is wrong in that alone would have answered. */
import type { ErrorKind, Result } from '../../../model/result.js';

export interface AlteredResult {
  /** Where: `status Paused.missing`, `Conflict.text`; for another kind of answer the two kinds. */
  readonly field: string;
  readonly how: string;
  readonly result: Result;
}

const ERROR_KINDS: readonly ErrorKind[] = [
  ...(['NotFound', 'Unauthorized', 'InvalidState', 'InvalidArgument'] as const),
  ...(['ResourceExhausted', 'Conflict', 'ChecksumMismatch', 'Internal', 'other'] as const),
];

/** What a target need not decode. */
const MAY_BE_ABSENT = /\.(text|sha256|memoryId|\w+\[\]\.(blobId|inlineSha256))$/;

/** A text that names every number that may be asked for: only the kind is wrong. */
const ALL_NUMBERS = Array.from({ length: 300 }, (_, number) => number).join(' ');

type Altered = readonly [field: string, how: string, value: unknown];

export function alteredResults(result: Result): readonly AlteredResult[] {
  const { kind, ...fields } = result;
  const given = kind === 'error' ? result.error : kind === 'status' ? `status ${result.state}` : kind;
  const ofFields = alteredFields(fields, given).map(([field, how, value]) => {
    return { field, how, result: { kind, ...(value as object) } as Result };
  });
  const errors = ERROR_KINDS.filter((error) => error !== given).map((error): AlteredResult => {
    return { field: `${given} to error`, how: error, result: { kind: 'error', error, text: ALL_NUMBERS } };
  });
  const trap: Result = { kind: 'rejected', code: 5, errorCode: 'IC0503', text: 'it trapped' };
  const others: readonly AlteredResult[] = [
    { field: `${given} to reject`, how: 'trap', result: trap },
    ...(kind === 'error'
      ? [{ field: `${given} to done`, how: 'done', result: { kind: 'done' } as const }]
      : []),
  ];
  return [...ofFields, ...errors, ...(kind === 'rejected' ? [] : others)];
}

function alteredFields(object: Readonly<Record<string, unknown>>, path: string): readonly Altered[] {
  return Object.entries(object).flatMap(([name, value]) =>
    alteredValue(value, `${path}.${name}`).map(([field, how, other]): Altered => [
      field,
      how,
      { ...object, [name]: other },
    ]),
  );
}

function alteredValue(value: unknown, path: string): readonly Altered[] {
  if (typeof value === 'number') return around(path, BigInt(value), Number);
  if (typeof value === 'string') {
    if (/^\d+$/.test(value)) return around(path, BigInt(value), String);
    const last = value.at(-1) === '0' ? '1' : '0';
    const present: readonly Altered[] = [
      [path, 'last character', `${value.slice(0, -1)}${last}`],
      [path, 'empty', ''],
    ];
    return MAY_BE_ABSENT.test(path) ? [...present, [path, 'absent', undefined]] : present;
  }
  if (Array.isArray(value)) return alteredList(value as readonly unknown[], path);
  if (typeof value === 'object' && value !== null)
    return alteredFields(value as Record<string, unknown>, path);
  return [];
}

function around(path: string, value: bigint, as: (value: bigint) => unknown): readonly Altered[] {
  const more: Altered = [path, 'one more', as(value + 1n)];
  return value === 0n ? [more] : [more, [path, 'one less', as(value - 1n)]];
}

function alteredList(list: readonly unknown[], path: string): readonly Altered[] {
  const [first, second, ...rest] = list;
  if (list.length === 0) return [];
  const ofFirst = alteredValue(first, `${path}[]`).map(([field, how, other]): Altered => {
    return [field, how, [other, ...list.slice(1)]];
  });
  const swapped: readonly Altered[] = list.length > 1 ? [[path, 'swapped', [second, first, ...rest]]] : [];
  return [
    [path, 'first left out', list.slice(1)],
    [path, 'first twice', [...list, first]],
    ...swapped,
    ...ofFirst,
  ];
}
