import { withoutCalls } from './edit.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import type { Execution } from './execution.js';
import { groupsOf, type Group } from './groups.js';
import { serialRelation, type Changes } from './relation.js';
import { rejectedBegins } from './rejected-begins.js';
import { plural } from './words.js';

/**
 * The schedule without half of its uploads, and without the other half. Every pair of uploads in different halves is tested in both
 * directions. Without an upload, a limit is reached later, so calls that begin no upload because they are rejected are left out of both
 * executions.
 */
export const unrelatedUploads = serialRelation<Group>({
  name: 'unrelated-uploads',
  rule: 'an upload has no effect on other uploads',
  requires: 'that uploads are independent',
  isMet: ({ promises }) => promises.uploads === 'independent',
  familiesOf: (base, target) => {
    const groups = groupsOf(base, target);
    if (groups.length < 2) return [];
    const halves = [0, 1].map((rest) => groups.filter((_, index) => index % 2 === rest));
    return halves.map((changes) => ({ changes, vary: (left) => without(left, base, target) }));
  },
});

function without(
  groups: readonly Group[],
  base: Execution,
  { shape }: JudgedTarget,
): ReturnType<Changes<Group>['vary']> {
  const labels = groups.flatMap((group) => group.labels).join(', ');
  const rejected = rejectedBegins(base, shape);
  const calls = [...groups.flatMap((group) => group.calls), ...rejected.map(({ call }) => call)];
  return {
    ...withoutCalls(base.schedule, new Set(calls)),
    isCompared: ({ operation: { op } }) => op !== 'stats' && op !== 'usage',
    words: {
      right: 'variant',
      rightText: `without ${plural(groups.length, 'upload')} ${labels}`,
      wrongText: `with ${groups.length === 1 ? 'it' : 'them'}`,
      cause: 'beside another upload',
    },
  };
}
