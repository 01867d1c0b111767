import { defineConfig } from 'canister-upload-stress';

export default defineConfig({
  wasm: './wasm/asset-canister.wasm.gz',
  target: './target.ts',
  accepted: './accepted.json',
});
