/** Passes over lanes and names. */
import { withCanonicalLanes, withCanonicalNames } from './canonical-names.js';
import type { Pass } from './search.js';

export const useCanonicalLanes: Pass = async (search) => {
  await search.attempt(withCanonicalLanes(search.best));
};

export const useCanonicalNames: Pass = async (search) => {
  await search.attempt(withCanonicalNames(search.best));
};
