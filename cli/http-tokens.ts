/** Creates capsules and bearer tokens for the HTTP interface of an upload canister, with an agent. */
import { Actor, HttpAgent, type ActorMethod, type Identity } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { checkKeyFile } from '../campaigns/subject/inputs.js';
import { ConnectError, discoverCanister } from '../client/connect.js';
import { IdentityError, loadIdentity } from '../client/identity.js';
import { InputError } from '../harness/input-error.js';

export interface HttpTokenOptions {
  readonly host: string;
  readonly canister?: string;
  /** PEM file with the private key; without it each caller gets a new key that is not kept. */
  readonly identity?: string;
  readonly callers: number;
}

export interface HttpToken {
  readonly capsuleId: string;
  readonly token: string;
  /** Nanoseconds since 1970. */
  readonly expiresAt: bigint;
}

type Response<T> = { readonly Ok: T } | { readonly Err: object };

interface Methods {
  capsules_create: ActorMethod<[[]], Response<{ readonly id: string }>>;
  http_token_create: ActorMethod<[], Response<{ readonly token: string; readonly expires_at: bigint }>>;
}

/** Hosts of the mainnet, whose root key is built into the agent. */
const MAINNET_HOST = /(^|\.)(ic0\.app|icp0\.io|icp-api\.io|internetcomputer\.org)$/;

/** @throws InputError if the host, the canister, or the key is unusable */
export async function createHttpTokens(options: HttpTokenOptions): Promise<readonly HttpToken[]> {
  const { host, identity, callers } = options;
  if (!/^https?:\/\//.test(host) || !URL.canParse(host))
    throw new InputError(`--host ${host}: pass a URL such as http://127.0.0.1:8000`);
  if (identity !== undefined && callers !== 1)
    throw new InputError(
      '--identity is the key of one caller; omit it for several callers, or omit --callers',
    );
  try {
    if (identity !== undefined) checkKeyFile(identity);
    const canister = options.canister ?? (await discoverCanister(new URL(host), fetch));
    const tokens: HttpToken[] = [];
    for (let caller = 0; caller < callers; caller++) {
      const key = identity === undefined ? Ed25519KeyIdentity.generate() : await loadIdentity(identity);
      tokens.push(await createHttpToken(host, canister, key));
    }
    return tokens;
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof ConnectError || error instanceof IdentityError) throw new InputError(error.message);
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new InputError(`--host ${host}: cannot create a token: ${line}`);
  }
}

async function createHttpToken(host: string, canisterId: string, identity: Identity): Promise<HttpToken> {
  const shouldFetchRootKey = !MAINNET_HOST.test(new URL(host).hostname);
  const agent = await HttpAgent.create({ host, identity, shouldFetchRootKey });
  const actor = Actor.createActor<Methods>(
    ({ IDL }) => {
      const Id = IDL.Record({ id: IDL.Text });
      const Token = IDL.Record({ token: IDL.Text, expires_at: IDL.Nat64 });
      const response = (ok: typeof Id) => IDL.Variant({ Ok: ok, Err: IDL.Reserved });
      return IDL.Service({
        capsules_create: IDL.Func([IDL.Opt(IDL.Text)], [response(Id)], []),
        http_token_create: IDL.Func([], [response(Token)], []),
      });
    },
    { agent, canisterId },
  );
  const { id } = okOf(await actor.capsules_create([]), 'capsules_create');
  const { token, expires_at } = okOf(await actor.http_token_create(), 'http_token_create');
  return { capsuleId: id, token, expiresAt: expires_at };
}

function okOf<T>(response: Response<T>, method: string): T {
  if ('Ok' in response) return response.Ok;
  throw new InputError(`${method}: the canister rejects the caller; pass another --identity`);
}
