/** Types of the entries that are imported: one declaration file each, and one for what they share. */
import { defineConfig } from 'rollup';
import { dts } from 'rollup-plugin-dts';

/** `rollup-plugin-dts` writes `export type *` as `export *`, which promises values that the entry does not have. */
const keepTypeExports = {
  name: 'keep-type-exports',
  renderChunk: (code) => code.replaceAll(/^export \* from/gm, 'export type * from'),
};

export default defineConfig({
  input: {
    'library/index': 'library/index.ts',
    'library/vitest': 'library/vitest.ts',
    'client/index': 'client/index.ts',
    'pic/index': 'pic/index.ts',
  },
  plugins: [dts({ tsconfig: 'tsconfig.json' }), keepTypeExports],
  external: /^(?![./]|[a-z]:)/i,
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'library/types.d.ts' },
});
