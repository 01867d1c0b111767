/** The subject of a campaign on its way to other machines: in the specification by hash, and on the server as code. */
import { relative } from 'node:path';
import { InputError } from '../../harness/input-error.js';
import { openSubject, type SubjectSpec } from '../subject/subject.js';
import { sha256, type CampaignServer } from './campaign-server.js';
import type { CampaignSpec } from './spec.js';
import { bundleTarget, writeTarget } from './target-bundle.js';

export interface Transported {
  readonly subject: CampaignSpec['subject'];
  /** The code that `subject` names by hash. */
  readonly blobs: readonly Uint8Array[];
}

/** @throws InputError if the subject cannot travel */
export async function transported(spec: SubjectSpec): Promise<Transported> {
  if (spec.service !== undefined)
    throw new InputError('campaigns on several machines do not support HTTP services (--target URL)');
  const { target } = await openSubject(spec);
  if (target.canisters !== undefined)
    throw new InputError(
      `campaigns on several machines do not support targets with further canisters, and "${target.name}" has them; use "run --workers"`,
    );
  const { targetModule, wasm, wasmLabel, wasmSha256, isUsers = false, fault, initArg, messageMs } = spec;
  const bundle = targetModule === undefined ? undefined : await bundleTarget(targetModule);
  return {
    subject: {
      ...{ wasmLabel, wasmSha256, isUsers },
      target: bundle === undefined ? null : { label: targetModule ?? '', sha256: sha256(bundle) },
      fault: fault ?? null,
      initArg: initArg === undefined ? null : Buffer.from(initArg).toString('hex'),
      messageMs: messageMs ?? null,
    },
    blobs: bundle === undefined ? [wasm] : [wasm, bundle],
  };
}

/** @throws InputError if the server lacks the code of the subject, or has other code under its hash */
export async function receivedSubject(
  server: CampaignServer,
  { subject }: Pick<CampaignSpec, 'subject'>,
): Promise<SubjectSpec> {
  const { target, wasmLabel, wasmSha256, isUsers, fault, initArg, messageMs } = subject;
  const wasm = await server.blob(wasmSha256);
  return {
    ...{ wasm, wasmLabel, wasmSha256 },
    targetModule: target === null ? undefined : await receivedTarget(server, target.sha256),
    ...(isUsers ? { isUsers } : {}),
    fault: fault ?? undefined,
    initArg: initArg === null ? undefined : Uint8Array.from(Buffer.from(initArg, 'hex')),
    messageMs: messageMs ?? undefined,
  };
}

async function receivedTarget(server: CampaignServer, hash: string): Promise<string> {
  return relative(process.cwd(), await writeTarget(await server.blob(hash), hash));
}
