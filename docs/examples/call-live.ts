import { Actor, HttpAgent } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';

/** Creates a capsule on a server of `upload-stress serve --live`. Returns its id. The agent verifies the certificate. */
export async function makeCapsule(host: string, name: string): Promise<string> {
  const page = await fetch(host, { headers: { accept: 'application/json' } });
  const { canister } = (await page.json()) as { canister: string };

  const agent = await HttpAgent.create({
    host,
    identity: Ed25519KeyIdentity.generate(),
    shouldFetchRootKey: true,
  });
  interface Service {
    capsules_create(name: [string]): Promise<{ Ok: { id: string } } | { Err: object }>;
  }
  const uploads = Actor.createActor<Service>(
    ({ IDL }) =>
      IDL.Service({
        capsules_create: IDL.Func(
          [IDL.Opt(IDL.Text)],
          [IDL.Variant({ Ok: IDL.Record({ id: IDL.Text }), Err: IDL.Reserved })],
          [],
        ),
      }),
    { agent, canisterId: canister },
  );
  const answer = await uploads.capsules_create([name]);
  if ('Err' in answer) throw new Error('the canister returned an error');
  return answer.Ok.id;
}
