/** Chooses the best chunk size, and finds the size beyond which larger chunks gain little. */
export interface SizePoint {
  /** Bytes. */
  readonly chunkSize: number;
  /** Seconds on the network. */
  readonly seconds: number;
}

/**
 * The size with the least time. Of several it is the smallest, because a lost call then repeats fewer bytes and leaves more room below the
 * message limit. Undefined for no points.
 */
export function bestSize(points: readonly SizePoint[]): SizePoint | undefined {
  return [...points].sort((a, b) => a.seconds - b.seconds || a.chunkSize - b.chunkSize)[0];
}

/**
 * The knee: the point farthest below the chord from the smallest size to the best one, with a logarithmic axis for size and a linear one
 * for time, both scaled to 0…1 (Satopää et al., "Finding a Kneedle in a Haystack", 2011). Up to the knee each doubling saves much time;
 * beyond it, little. Undefined if there is no bend: fewer than three sizes up to the best one, or no gain.
 */
export function kneeSize(points: readonly SizePoint[]): SizePoint | undefined {
  const best = bestSize(points);
  if (best === undefined) return undefined;
  const curve = points
    .filter(({ chunkSize }) => chunkSize <= best.chunkSize)
    .sort((a, b) => a.chunkSize - b.chunkSize);
  const [first] = curve;
  if (first === undefined || curve.length < 3 || first.seconds <= best.seconds) return undefined;
  const width = Math.log(best.chunkSize / first.chunkSize);
  const height = first.seconds - best.seconds;
  const depth = ({ chunkSize, seconds }: SizePoint): number =>
    1 - Math.log(chunkSize / first.chunkSize) / width - (seconds - best.seconds) / height;
  const deepest = curve.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  return depth(deepest) > 0 ? deepest : undefined;
}
