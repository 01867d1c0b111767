import { describe, expect, it } from 'vitest';
import { withPromises } from './edit-promises.js';

const TARGET = `// promises: { none }
export default defineTarget({
  name: 'a { b',
  promises: {
    limits: { chunkSize: 1_000 }, // in bytes: }
    chunkOrder: 'any',
  },
});
`;

describe('withPromises', () => {
  it('adds members, and keeps comments and texts', () => {
    const edits = [
      { field: 'expiry', value: 86400 },
      { field: 'access.put', value: 'owner' },
      { field: 'access.finish', value: 'owner' },
      { field: 'limits.activeSessionsMax', value: 20 },
    ];
    expect(withPromises(TARGET, edits)).toBe(`// promises: { none }
export default defineTarget({
  name: 'a { b',
  promises: {
    limits: { chunkSize: 1_000, activeSessionsMax: 20 }, // in bytes: }
    chunkOrder: 'any',
    expiry: 86_400,
    access: { put: 'owner', finish: 'owner' },
  },
});
`);
  });

  it('replaces the value of a member', () => {
    expect(withPromises(TARGET, [{ field: 'chunkOrder', value: 'ascending' }])).toBe(
      TARGET.replace("'any'", "'ascending'"),
    );
  });

  it.each([
    [
      'const promises: Promises = {\n  limits: { chunkSize: 8 }\n};',
      "limits: { chunkSize: 8 },\n  abort: 'ends',\n}",
    ],
    ['const promises = {};', "const promises = { abort: 'ends' };"],
    ['const t = { promises: { limits } };', "promises: { limits, abort: 'ends' }"],
    ['const t = { promises: { limits: f({ a: 1 }), /* last */ } };', "f({ a: 1 }), abort: 'ends'"],
  ])('finds the literal in %j', (source, part) => {
    expect(withPromises(source, [{ field: 'abort', value: 'ends' }])).toContain(part);
  });

  it.each([
    'export default { ...base };',
    'const t = { promises: sharedPromises };',
    'const a = { promises: {} }; const b = { promises: {} };',
    'const t = { promises: { access: owners } };',
  ])('does not edit %j', (source) => {
    expect(withPromises(source, [{ field: 'access.put', value: 'owner' }])).toBeUndefined();
  });
});
