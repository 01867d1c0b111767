import { Actor, HttpAgent, type Identity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';

const answer = (ok: IDL.Type) => IDL.Variant({ Ok: ok, Err: IDL.Reserved });
const Capsule = IDL.Record({ id: IDL.Text });
const Token = IDL.Record({ token: IDL.Text, expires_at: IDL.Nat64 });

interface Uploads {
  capsules_create(name: [] | [string]): Promise<{ Ok?: { id: string } }>;
  http_token_create(): Promise<{ Ok?: { token: string; expires_at: bigint } }>;
}

/** Creates a capsule for this identity, and a bearer token for requests about it. */
export async function tokenFor(
  identity: Identity,
  host: string,
  canister: string,
): Promise<{ capsule: string; token: string }> {
  const agent = await HttpAgent.create({ host, identity, shouldFetchRootKey: true });
  const uploads: Uploads = Actor.createActor(
    () =>
      IDL.Service({
        capsules_create: IDL.Func([IDL.Opt(IDL.Text)], [answer(Capsule)], []),
        http_token_create: IDL.Func([], [answer(Token)], []),
      }),
    { agent, canisterId: canister },
  );
  const [capsule, token] = [await uploads.capsules_create([]), await uploads.http_token_create()];
  if (capsule.Ok === undefined || token.Ok === undefined) throw new Error('the canister returned an error');
  return { capsule: capsule.Ok.id, token: token.Ok.token };
}
