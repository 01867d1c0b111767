/** The element at a non-negative `index` of a list that is known to hold one there. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`no element at index ${index} of ${list.length}`);
  return element;
}
