/** Runs the unmodified agent, with all its verification, against the server over a loopback connection. */
import {
  Actor,
  AnonymousIdentity,
  CanisterStatus,
  type HttpAgent,
  type Identity,
  RejectError,
  polling,
  QueryResponseStatus,
} from '@icp-sdk/core/agent';
import {
  DelegationChain,
  DelegationIdentity,
  ECDSAKeyIdentity,
  Ed25519KeyIdentity,
} from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../certification/bytes.js';
import { verifyCertificate } from './certificate.js';
import { EcdsaIdentity } from './testing/ecdsa-identity.js';
import { FAKE_CANISTER } from './testing/fake-backend.js';
import { createAgent, startFakeServer } from './testing/start.js';

const canister = Principal.fromText(FAKE_CANISTER);
const NOTHING = new Uint8Array(0);
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

interface Methods {
  echo(value: string): Promise<string>;
  trap(): Promise<void>;
  reject(): Promise<void>;
  missing(): Promise<void>;
  refused(): Promise<void>;
  slow(): Promise<unknown>;
  query_reject(): Promise<void>;
}

/** Creates an actor like generated code. Its replies are those of the fake canister, encoded with Candid. */
function createActor(agent: HttpAgent): Methods {
  return Actor.createActor<Methods & Record<string, never>>(
    ({ IDL }) => {
      const nullary = IDL.Func([], [], []);
      return IDL.Service({
        echo: IDL.Func([IDL.Text], [IDL.Text], []),
        trap: nullary,
        reject: nullary,
        missing: nullary,
        refused: nullary,
        slow: IDL.Func([], [IDL.Reserved], []),
        query_reject: IDL.Func([], [], ['query']),
      });
    },
    { agent, canisterId: canister },
  );
}

async function rejectOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RejectError)) throw new Error(`not rejected: ${String(error)}`);
  return error.message;
}

describe('an unmodified agent', () => {
  it('fetches the root key, calls, and verifies the certificate', async () => {
    const { server, backend } = await startFakeServer();
    const agent = await createAgent(server);
    expect(agent.rootKey).toEqual(server.rootKeyDer);
    expect(await createActor(agent).echo('hello')).toBe('hello');
    expect(backend.executed).toHaveLength(1);
  });

  it('calls through /api/v2 and polls for the answer', async () => {
    const { server } = await startFakeServer();
    const agent = await createAgent(server);
    const options = {
      methodName: 'echo',
      arg: utf8('hello'),
      effectiveCanisterId: canister,
      callSync: false,
    };
    const { requestId, response } = await agent.call(canister, options);
    expect(response.status).toBe(202);
    const { reply } = await polling.pollForResponse(agent, canister, requestId);
    expect(text(reply)).toBe('hello');
  });

  it('polls if a synchronous call takes longer than the server waits', async () => {
    const { server, backend } = await startFakeServer({ blockTimeMs: 30, syncCallTimeoutMs: 20 });
    backend.roundsOf.set('slow', 3);
    const agent = await createAgent(server);
    const { response, requestId } = await agent.call(canister, {
      methodName: 'slow',
      arg: NOTHING,
      effectiveCanisterId: canister,
    });
    expect(response.status).toBe(202);
    await expect(polling.pollForResponse(agent, canister, requestId)).resolves.toMatchObject({
      reply: NOTHING,
    });
  });

  it('queries and verifies the node signature', async () => {
    const { server } = await startFakeServer();
    const agent = await createAgent(server);
    const response = await agent.query(canister, { methodName: 'echo', arg: utf8('hello') });
    expect(response.status === QueryResponseStatus.Replied && text(response.reply.arg)).toBe('hello');
  });

  it('receives rejects with their codes and texts', async () => {
    const { server } = await startFakeServer();
    const actor = createActor(await createAgent(server));
    expect(await rejectOf(actor.trap())).toMatch(
      /Reject code: 5\n.*`ic0.trap` with message: 'hello, world'(.|\n)*IC0503/,
    );
    expect(await rejectOf(actor.reject())).toMatch(
      /Reject code: 4\n {2}Reject text: hello, world\n {2}Error code: IC0406/,
    );
    expect(await rejectOf(actor.missing())).toMatch(/no update method 'missing'(.|\n)*IC0536/);
    expect(await rejectOf(actor.refused())).toMatch(/Canister rejected the message(.|\n)*IC0406/);
    expect(await rejectOf(actor.query_reject())).toMatch(/Reject code: 4\n {2}Reject text: hello, world/);
  });

  it('reads time, controllers, module hash, metadata, and the subnet', async () => {
    const { server } = await startFakeServer();
    const agent = await createAgent(server);
    const status = await CanisterStatus.request({
      canisterId: canister,
      agent,
      paths: ['time', 'controllers', 'module_hash', 'subnet', 'candid'],
    });
    expect(Math.abs((status.get('time') as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect((status.get('controllers') as Principal[]).map((id) => id.toText())).toEqual(['2vxsx-fae']);
    expect(status.get('module_hash')).toMatch(/^e5bbf0/);
    expect(status.get('candid')).toBe('service : {}');
    expect((status.get('subnet') as { nodeKeys: Map<string, unknown> }).nodeKeys.size).toBe(13);
  });

  it('reads private metadata only if it is a controller', async () => {
    const { server } = await startFakeServer();
    const path = ['canister', canister.toUint8Array(), 'metadata', 'secret'].map((label) =>
      typeof label === 'string' ? utf8(label) : label,
    );
    const read = async (identity: Identity) =>
      (await createAgent(server, identity)).readState(canister, { paths: [path] });
    await expect(read(new AnonymousIdentity())).resolves.toBeDefined();
    await expect(read(Ed25519KeyIdentity.generate())).rejects.toThrow(
      /can only be requested by the controllers/,
    );
  });

  it('cannot read the status of another user’s request', async () => {
    const { server } = await startFakeServer();
    const agent = await createAgent(server);
    const { requestId } = await agent.call(canister, {
      methodName: 'echo',
      arg: NOTHING,
      effectiveCanisterId: canister,
    });
    const stranger = await createAgent(server);
    const paths = [[utf8('request_status'), requestId]];
    await expect(stranger.readState(canister, { paths })).rejects.toThrow(
      /Request ID not signed by the caller/,
    );
    await expect(agent.readState(canister, { paths })).resolves.toBeDefined();
  });

  it('gets a valid data certificate from a query', async () => {
    const { server } = await startFakeServer();
    const agent = await createAgent(server);
    const response = await agent.query(canister, { methodName: 'data_certificate', arg: NOTHING });
    const certificate = response.status === QueryResponseStatus.Replied ? response.reply.arg : NOTHING;
    expect(verifyCertificate(certificate, server)).toMatchObject({ ok: true });
  });

  it.each([
    ['Ed25519', () => Ed25519KeyIdentity.generate()],
    ['ECDSA P-256 (Web Crypto)', () => ECDSAKeyIdentity.generate()],
    ['ECDSA P-256', () => new EcdsaIdentity('prime256v1')],
    ['ECDSA secp256k1', () => new EcdsaIdentity('secp256k1')],
    ['the anonymous identity', () => new AnonymousIdentity()],
  ] as const)('can call with a signature of %s', async (_scheme, generate) => {
    const { server, backend } = await startFakeServer();
    const identity: Identity = await generate();
    expect(await createActor(await createAgent(server, identity)).echo('hello')).toBe('hello');
    expect(backend.executed[0]?.caller).toBe(identity.getPrincipal().toText());
  });

  describe('an agent with a delegation', () => {
    const delegate = async (expiresAt: Date, targets?: Principal[]) => {
      const [owner, middle, session] = [
        new EcdsaIdentity('secp256k1'),
        Ed25519KeyIdentity.generate(),
        Ed25519KeyIdentity.generate(),
      ];
      const later = new Date(Date.now() + 600_000);
      const first = await DelegationChain.create(owner, middle.getPublicKey(), later);
      const chain = await DelegationChain.create(middle, session.getPublicKey(), expiresAt, {
        previous: first,
        ...(targets && { targets }),
      });
      return { owner, identity: DelegationIdentity.fromDelegation(session, chain) };
    };
    const soon = () => new Date(Date.now() + 60_000);

    it('acts as the owner of the first key', async () => {
      const { server, backend } = await startFakeServer();
      const { owner, identity } = await delegate(soon(), [canister]);
      const agent = await createAgent(server, identity);
      expect(await createActor(agent).echo('hello')).toBe('hello');
      expect(backend.executed[0]?.caller).toBe(owner.getPrincipal().toText());
    });

    it('is refused for other canisters and after the expiration', async () => {
      const { server, backend } = await startFakeServer();
      const other = await delegate(soon(), [Principal.fromText('rrkah-fqaaa-aaaaa-aaaaq-cai')]);
      await expect(createActor(await createAgent(server, other.identity)).echo('')).rejects.toThrow(
        /not one of the delegation targets/,
      );
      const past = await delegate(new Date(Date.now() - 60_000));
      await expect(createActor(await createAgent(server, past.identity)).echo('')).rejects.toThrow(
        /Specified sender delegation has expired/,
      );
      expect(backend.executed).toHaveLength(0);
    });
  });

  it('synchronizes its time after a wrong expiry and repeats the call', async () => {
    const anHourAhead = () => (BigInt(Date.now()) + 3_600_000n) * 1_000_000n;
    const { server } = await startFakeServer({ now: anHourAhead });
    const agent = await createAgent(server);
    expect(await createActor(agent).echo('hello')).toBe('hello');
    expect(agent.getTimeDiffMsecs()).toBeGreaterThan(3_500_000);
  });
});

describe('five parallel clients', () => {
  it.each([0, 25])('get all their answers at a block time of %i ms', async (blockTimeMs) => {
    const { server, backend } = await startFakeServer({ blockTimeMs });
    const clients = await Promise.all(Array.from({ length: 5 }, () => createAgent(server)));
    const calls = clients.flatMap((agent, client) =>
      Array.from({ length: 5 }, async (_, index) => {
        const value = `client ${client} call ${index}`;
        return [value, await createActor(agent).echo(value)] as const;
      }),
    );
    for (const [sent, received] of await Promise.all(calls)) expect(received).toBe(sent);
    expect(backend.executed).toHaveLength(25);
  });
});
