/** The promises that experiments suggest, and how suggestions of several experiments combine. */
import type { Promises } from '../../targets/promises.js';

type Fields = {
  readonly [
    Field in Exclude<keyof Promises, 'limits' | 'access' | 'budgets' | 'specification'>
  ]-?: NonNullable<Promises[Field]>;
} & {
  readonly [Field in keyof NonNullable<Promises['access']> as `access.${Field}`]-?: 'owner' | 'anyone';
} & { readonly 'limits.activeSessionsMax': number };

/** The path of a promise, for example `access.put`. */
export type PromiseField = keyof Fields;
export type PromiseValue = string | number;

/** A promise that every experiment about it supports. */
export interface AcceptedPromise {
  readonly field: PromiseField;
  readonly value: PromiseValue;
}

interface Suggesting {
  readonly suggests?: { readonly field: PromiseField; readonly value: PromiseValue | undefined } | undefined;
  readonly isDangerous?: boolean;
}

/** What an upgrade keeps, from the least to the most. An experiment can only show that it keeps less. */
const UPGRADE_RANKS: readonly PromiseValue[] = ['nothing', 'files', 'everything'];

/** The promises that no experiment contradicts. Dangerous behaviour is never promised. */
export function acceptedPromises(observations: readonly Suggesting[]): readonly AcceptedPromise[] {
  const values = new Map<PromiseField, PromiseValue | undefined>();
  for (const { suggests, isDangerous = false } of observations) {
    if (suggests === undefined) continue;
    const { field } = suggests;
    const value = isDangerous ? undefined : suggests.value;
    values.set(field, values.has(field) ? combined(field, values.get(field), value) : value);
  }
  return [...values].flatMap(([field, value]) => (value === undefined ? [] : [{ field, value }]));
}

function combined(
  field: PromiseField,
  a: PromiseValue | undefined,
  b: PromiseValue | undefined,
): PromiseValue | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (field === 'upgrade') return UPGRADE_RANKS.find((value) => value === a || value === b);
  return a === b ? a : undefined;
}

/** The value that the promises already have for this field; `undefined` if they say nothing. */
export function promisedValue(promises: Promises, field: PromiseField): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
      promises,
    );
}
