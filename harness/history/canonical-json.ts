import { at } from '../at.js';

/**
 * JSON with the keys of every object in code-unit order and without undefined fields, so that equal values have equal text.
 * @param value plain data
 */
export function canonicalJson(value: unknown): string {
  // `JSON.stringify` is several times faster than writing the text here. It returns undefined for undefined.
  const text = JSON.stringify(withSortedKeys(value)) as string | undefined;
  return text ?? 'null';
}

/** Returns the value itself if its keys are already in order. */
function withSortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(withSortedKeys);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object);
  let isSame = true;
  for (let place = 1; place < keys.length && isSame; place++) isSame = at(keys, place - 1) < at(keys, place);
  if (!isSame) keys.sort();
  const sorted: Record<string, unknown> = {};
  for (const key of keys) {
    const field = object[key];
    const item = withSortedKeys(field);
    if (item !== field) isSame = false;
    sorted[key] = item;
  }
  return isSame ? value : sorted;
}
