// Builds wasm/motoko-sessions.wasm.gz and wasm/motoko-sessions-faults.wasm.gz.

import { fileURLToPath } from 'node:url';
import { buildMotoko, sharedSources } from '../../motoko/compile.mjs';

export const sources = sharedSources;

export default async function build() {
  return buildMotoko('motoko-sessions', fileURLToPath(new URL('.', import.meta.url)));
}
