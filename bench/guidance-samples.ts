/** What `guidance.ts` measures. Plain data. */

export interface BlocksSample {
  readonly seed: number;
  readonly isGuided: boolean;
  /** Basic blocks reached after each number of runs. */
  readonly points: readonly (readonly [runs: number, blocks: number])[];
  /** Seconds of processor time of the whole campaign. */
  readonly cpuSeconds: number;
}

export interface FaultSample {
  readonly fault: string;
  readonly seed: number;
  readonly isGuided: boolean;
  /** Number of runs until the fault was found; null if the campaign did not find it. */
  readonly runs: number | null;
  readonly cpuSeconds: number;
}

export interface CanisterSamples {
  readonly canister: string;
  /** Runs of a campaign on the correct canister. */
  readonly runs: number;
  /** Runs after which a campaign on a canister with a fault gives up. */
  readonly faultRuns: number;
  /** Number of seeds for each fault. */
  readonly faultSeeds: number;
  readonly faults: readonly string[];
  readonly blockSamples: readonly BlocksSample[];
  readonly faultSamples: readonly FaultSample[];
}

/** Seconds of processor time of all campaigns. */
export function cpuSecondsOf({ blockSamples, faultSamples }: CanisterSamples): number {
  return [...blockSamples, ...faultSamples].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}
