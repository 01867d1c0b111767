/**
 * `npm run build`: one file per entry and a few shared chunks, so that the command starts fast and the package stays small. Dependencies
 * stay imports. Types of the library come from `rollup.types.config.mjs`.
 */
import { readFileSync } from 'node:fs';
import { build } from 'rolldown';

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });

/** Everything that is started or imported by its path. */
const ENTRIES = [
  'library/index',
  'library/vitest',
  'client/index',
  'pic/index',
  'cli/main',
  'cli/program',
  'campaigns/benchmark/worker',
  'campaigns/cluster/worker',
  'campaigns/explore/worker',
  'campaigns/gate/worker',
  'campaigns/mutants/worker',
  'campaigns/mutate/worker',
  'campaigns/parallel/worker',
  'campaigns/probe/worker',
  'campaigns/replay/worker',
  'campaigns/run/worker',
  'campaigns/threads/thread',
  'replicas/pocketic/install-main',
  'servers/ic/engine-worker',
  'servers/pocketic/engine-worker',
  'servers/pocketic/main',
  'bench/cluster-scale',
  'bench/cluster-scale-worker',
  'bench/guidance',
  'bench/main',
  'bench/memory',
  'bench/rerun-counters',
  'bench/shares',
  'bench/strategies',
  'bench/rule-matrix',
];

/** The package leaves out the benchmarks, with the chunks that only they need. */
const BENCH = new URL('bench/', import.meta.url).pathname;

await build({
  logLevel: 'warn',
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
  platform: 'node',
  external: (id) =>
    id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  tsconfig: 'tsconfig.json',
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    // `npm run bench` names the sources of what it measures. The package leaves the maps out.
    sourcemap: 'hidden',
    entryFileNames: '[name].js',
    chunkFileNames: ({ moduleIds }) =>
      moduleIds.some((id) => id.startsWith(BENCH)) ? 'bench/chunks/[name].js' : 'chunks/[name].js',
    // Small files that every command needs share a chunk.
    codeSplitting: {
      groups: [
        {
          name: 'command-parts',
          test: /[\\/]cli[\\/](terminal|options)[\\/]|[\\/]cli[\\/](exit-codes|print-result|report-never-succeeded|fail)\.ts$/,
        },
        { name: 'text', test: /[\\/]reports[\\/]text[\\/]/ },
        { name: 'subject', test: /[\\/]campaigns[\\/](subject|threads)[\\/](?!thread\.ts)/ },
      ],
    },
    // The package stays small. The types keep the comments of the library.
    comments: { legal: true, annotation: true, jsdoc: false },
  },
});
