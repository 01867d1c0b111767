/** Which workloads are explored, and how. Plain data. */
import type { Workload } from '../../explore/workload.js';
import type { SubjectSpec } from '../subject/subject.js';

export const STRATEGY_NAMES = ['depth-first', 'pct', 'pos', 'random-walk'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** Where workloads come from. */
export type WorkloadSource =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'given'; readonly workload: Workload }
  /** Small workloads that are generated for the target. */
  | { readonly kind: 'generated'; readonly count: number };

export interface WorkloadsJob {
  readonly subject: SubjectSpec;
  readonly source: WorkloadSource;
  readonly strategy: StrategyName;
  /** Ordering constraints of the defects that PCT looks for. */
  readonly depth: number;
  readonly seed: number;
  /** Orders to run of each workload; `undefined`: no bound. */
  readonly ordersMax: number | undefined;
  /** Bound of the memory for visited states. */
  readonly memoryBytes: number | undefined;
  readonly reduces: boolean;
  readonly recognisesStates: boolean;
  readonly rules: readonly string[] | undefined;
}
