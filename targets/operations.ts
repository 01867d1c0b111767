/** Which operations an interface supports: those whose requests it has, as its shape says. */
import { OPERATION_NAMES, requestsOf, type OperationName, type RequestName } from '../model/operations.js';
import type { Target } from './target.js';

/** The operations that a schedule on this target may have. */
export function operationsOf({
  operations,
  shape,
}: Pick<Target, 'operations' | 'shape'>): ReadonlySet<OperationName> {
  const has = (requests: readonly RequestName[]) => requests.every((request) => operations.has(request));
  const isOffered = (operation: OperationName): boolean => {
    switch (operation) {
      case 'begin':
        return shape.begin === 'implied' || has(['begin']);
      case 'finish':
        return shape.finish !== 'implied' && has(['finish']);
      case 'read':
        return has(READ_REQUESTS[shape.read]) && shape.read !== 'none';
      case 'readWhole':
        // It is the same as `read`.
        return shape.read !== 'whole' && shape.read !== 'parts' && has(['readWhole']);
      default:
        return has(requestsOf(operation));
    }
  };
  return new Set(OPERATION_NAMES.filter(isOffered));
}

/** The requests that a read of a file consists of. A range needs no metadata. */
const READ_REQUESTS: Readonly<Record<Target['shape']['read'], readonly RequestName[]>> = {
  chunks: ['readMeta', 'readChunk'],
  range: ['readChunk'],
  whole: ['readWhole'],
  parts: ['readWhole'],
  none: [],
};
