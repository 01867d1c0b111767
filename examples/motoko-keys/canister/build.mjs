// Builds wasm/motoko-keys.wasm.gz and wasm/motoko-keys-faults.wasm.gz.

import { fileURLToPath } from 'node:url';
import { buildMotoko, sharedSources } from '../../motoko/compile.mjs';

export const sources = sharedSources;

export default async function build() {
  return buildMotoko('motoko-keys', fileURLToPath(new URL('.', import.meta.url)));
}
