/** What the sample documents have in common. */

export const header = {
  formatVersion: 1,
  tool: { name: 'upload-stress', version: '0.1.0' },
  startedAt: '2026-01-02T03:04:05.678Z',
  durationMs: 4_321,
  environment: { node: 'v20.19.0', platform: 'linux x64', cpus: 2, loadAverage: 0.1 },
} as const;
export const wasm = { file: 'canister/wasm/upload.wasm', sha256: 'ab'.repeat(32) };
