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
  readonly seeds: number;
  readonly faultRuns: number;
  readonly faults: readonly string[];
  readonly blockSamples: BlocksSample[];
  readonly faultSamples: FaultSample[];
}
