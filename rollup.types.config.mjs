/** Types of the entries that are imported: one declaration file each, and one for what they share. */
import { defineConfig } from 'rollup';
import { dts } from 'rollup-plugin-dts';

export default defineConfig({
  input: {
    'library/index': 'library/index.ts',
    'library/vitest': 'library/vitest.ts',
    'client/index': 'client/index.ts',
  },
  plugins: [dts({ tsconfig: 'tsconfig.json' })],
  external: /^(?![./]|[a-z]:)/i,
  output: { dir: 'dist', format: 'es', entryFileNames: '[name].d.ts', chunkFileNames: 'library/types.d.ts' },
});
