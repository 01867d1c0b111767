/** What every benchmark's test starts from: the built-in canister on a new engine. */
import { readFileSync } from 'node:fs';
import { BUILT_IN_WASM } from '../../subject/subject.js';
import { createEmbeddedReplica } from '../../../replicas/embedded/embedded-replica.js';
import { uploadTarget } from '../../../targets/upload.js';

export function onEngine() {
  return {
    replica: createEmbeddedReplica(),
    target: uploadTarget,
    wasm: Uint8Array.from(readFileSync(BUILT_IN_WASM)),
  };
}
