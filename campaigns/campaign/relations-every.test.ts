import { describe, expect, it } from 'vitest';
import { createEmbeddedReplica } from '../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../targets/upload.js';
import { relationsEvery } from './relations-every.js';

const replica = createEmbeddedReplica();

describe('the runs on which relations are checked', () => {
  it('are fewer if more relations apply', () => {
    const few = { ...uploadTarget, promises: { limits: { chunkSize: 100 } } };
    const every = relationsEvery({ target: few, replica });
    expect(every).toBeGreaterThan(1);
    expect(every).toBeLessThan(relationsEvery({ target: uploadTarget, replica }));
  });

  it('are all runs if only relations are selected', () => {
    expect(relationsEvery({ target: uploadTarget, replica }, new Set(['relations']))).toBe(1);
  });

  it('are none if no relation is selected', () => {
    expect(relationsEvery({ target: uploadTarget, replica }, new Set(['facts']))).toBe(Infinity);
  });
});
