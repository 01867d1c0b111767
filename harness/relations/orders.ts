/** Orders of calls that were in flight at the same time. */

/** The time that a call was in flight, from one event to another. */
export interface Span {
  readonly call: number;
  readonly invoked: number;
  readonly ended: number;
}

/** Clusters of spans that overlap, directly or through others, in the order of time. */
export function clustersOf<T extends Span>(spans: readonly T[]): readonly (readonly T[])[] {
  const clusters: T[][] = [];
  let ended = -1;
  for (const span of spans.toSorted((a, b) => a.invoked - b.invoked)) {
    const cluster = clusters.at(-1);
    if (cluster === undefined || span.invoked > ended) clusters.push([span]);
    else cluster.push(span);
    ended = Math.max(ended, span.ended);
  }
  return clusters;
}

/** The orders of the spans in which no call comes before one that ended before it was issued. Lazily, in no particular order. */
export function* ordersOf<T extends Span>(spans: readonly T[]): Generator<readonly T[]> {
  if (spans.length === 0) {
    yield [];
    return;
  }
  const firstEnd = Math.min(...spans.map(({ ended }) => ended));
  for (const first of spans) {
    if (first.invoked > firstEnd) continue;
    const rest = spans.filter((span) => span !== first);
    for (const order of ordersOf(rest)) yield [first, ...order];
  }
}

/** All combinations of one element of each list; lazily, the last list fastest. */
export function* combinations<T>(lists: readonly (readonly T[])[]): Generator<readonly T[]> {
  const [first, ...rest] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const element of first) for (const others of combinations(rest)) yield [element, ...others];
}

/** The first elements; `undefined` if there are more than `max`. */
export function atMost<T>(elements: Iterable<T>, max: number): readonly T[] | undefined {
  const taken: T[] = [];
  for (const element of elements) {
    if (taken.length === max) return undefined;
    taken.push(element);
  }
  return taken;
}
