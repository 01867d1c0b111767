import type { Shape } from '../../targets/shape.js';
import { sessionOf, type CallRecord } from '../history/calls.js';
import { isAccepted, recordsOf, type Execution } from './execution.js';

/** The calls that would have begun an upload: rejected begins, or rejected puts of no open upload where a put begins one. */
export function rejectedBegins(execution: Execution, { begin }: Pick<Shape, 'begin'>): readonly CallRecord[] {
  if (begin === 'implied') return rejectedFirstPuts(execution);
  return recordsOf(execution).filter(
    ({ operation, outcome }) => operation.op === 'begin' && outcome === 'fail',
  );
}

function rejectedFirstPuts(execution: Execution): readonly CallRecord[] {
  const open = new Set<string | undefined>();
  return recordsOf(execution).filter((record) => {
    const { operation, outcome, result } = record;
    const session = sessionOf(record);
    if (operation.op === 'put' && outcome === 'fail') return !open.has(session);
    if (!isAccepted(record)) return false;
    if (operation.op === 'abort' || result?.kind === 'finished') open.delete(session);
    else if (operation.op === 'put') open.add(session);
    return false;
  });
}
