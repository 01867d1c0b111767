/** `run --target URL`: a service that is not a canister, a canister served live, and errors in one line. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { initArg } from '../suites/http/testing/http-canister.js';
import { createFolder, removeFolder } from '../suites/testing/fixtures.js';
import { commandInProcess, expectRefusal } from './testing/command.js';
import { startLive } from './testing/live.js';
import { TinyService, type TinyBug } from './testing/tiny-service.js';

let folder: string;
beforeAll(() => {
  folder = createFolder();
});
afterAll(() => removeFolder(folder));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function tiny(bug?: TinyBug): Promise<{ url: string; tokens: string }> {
  const service = new TinyService(bug);
  onTestFinished(() => service.stop());
  const lines = service.tokens.map((words) => words.join(' '));
  return {
    url: await service.start(),
    tokens: file(`tokens-${bug ?? 'none'}`, `# callers\n${lines.join('\n')}\n`),
  };
}

function runArguments(url: string, tokens: string, ...more: string[]): readonly string[] {
  return [
    'run',
    '--target',
    url,
    '--http-token',
    tokens,
    '--seed',
    '1',
    '--out',
    join(folder, 'out'),
    ...more,
  ];
}

function run(url: string, tokens: string, ...more: string[]) {
  return commandInProcess(runArguments(url, tokens, ...more));
}

describe('a small service written from docs/http.md alone', () => {
  it('passes generated schedules if it has no bug', async () => {
    const { url, tokens } = await tiny();
    const { exitCode, stdout, stderr } = await run(url, tokens, '--profile', 'quick', '--runs', '12');
    expect([exitCode, /^upload-stress:.*/m.exec(stderr)?.[0]]).toEqual([0, undefined]);
    expect(stdout).toContain(`on live ${url}`);
  });

  it.each<[TinyBug, RegExp]>([
    ['hash-not-compared', /finish A: ChecksumMismatch/],
    ['paused-takes-chunks', /put A\[\d\]: a refusal, because the upload is paused/],
  ])(
    'fails with the bug %s, in few steps, and the counterexample fails again when it is replayed',
    async (bug, says) => {
      const { url, tokens } = await tiny(bug);
      removeFolder(join(folder, 'out'));
      const { exitCode, stdout } = await run(url, tokens, '--runs', '300', '--max-findings', '1');
      expect([exitCode, stdout]).toEqual([1, expect.stringMatching(says)]);
      const found = join(folder, 'out', 'counterexamples');
      const [name] = readdirSync(found).filter((one) => one.endsWith('.json'));
      const counterexample = join(found, name!);
      const { schedule } = JSON.parse(readFileSync(counterexample, 'utf8')) as {
        schedule: { steps: unknown[] };
      };
      expect(schedule.steps.length).toBeLessThanOrEqual(8);
      const again = await commandInProcess([
        'replay',
        counterexample,
        '--target',
        url,
        '--http-token',
        tokens,
      ]);
      expect([again.exitCode, again.stdout]).toEqual([1, expect.stringMatching(says)]);
    },
  );
});

describe('a canister served live', () => {
  const live = async (fault?: string) => {
    const fields = { chunk_size: 64n, hash_bytes_per_call: 64n, http_uploads_per_hour: 100_000 };
    const arg = file(
      `init-${fault ?? 'none'}`,
      initArg({ ...fields, ...(fault === undefined ? {} : { fault }) }),
    );
    const wasm = fault === undefined ? [] : ['--wasm', 'canister/wasm/upload-faults.wasm'];
    const server = await startLive(['--init-arg', arg, ...wasm]);
    onTestFinished(async () => {
      await server.end();
    });
    const made = await commandInProcess(['http-token', '--host', server.url, '--callers', '2']);
    expect(made.stdout).toMatch(/^capsule_\d+ [0-9a-f]{64}\ncapsule_\d+ [0-9a-f]{64}$/);
    return { url: server.url, tokens: file(`live-${fault ?? 'none'}`, made.stdout) };
  };

  it('passes, and fails with a seeded fault', async () => {
    const right = await live();
    // Each call is signed, and waits for the server.
    const few = ['--profile', 'quick', '--runs', '4', '--max-findings', '1', '--shrink-budget', '1ms'];
    const held = await run(right.url, right.tokens, ...few);
    expect([held.exitCode, /^upload-stress:.*/m.exec(held.stderr)?.[0]]).toEqual([0, undefined]);
    const wrong = await live('hash-in-arrival-order');
    const { exitCode, stdout } = await run(wrong.url, wrong.tokens, ...few);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/finish [A-C]: ChecksumMismatch/)]);
  });
});

describe('run --target URL', () => {
  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const answering = (status: number, body: string) =>
    listening(createServer((_request, response) => void response.writeHead(status).end(body)));

  const cases: Record<string, () => Promise<{ url: string; tokens: string; says: RegExp }>> = {
    'an address without a server': async () => ({
      ...(await tiny()),
      url: 'http://127.0.0.1:1',
      says: /no service answers/,
    }),
    'a server that does not speak HTTP': async () => {
      const url = await listening(createTcpServer((socket) => void socket.end('SSH-2.0-x\r\n')));
      return { ...(await tiny()), url, says: /does not speak HTTP|no service answers/ };
    },
    'answers that are not JSON': async () => {
      const url = await answering(200, '<html>hello</html>');
      return { ...(await tiny()), url, says: /not JSON \("<html>hello<\/html>"\)/ };
    },
    'another protocol': async () => ({
      ...(await tiny()),
      url: await answering(200, '{}'),
      says: /docs\/http\.md requires 401 unauthorized/,
    }),
    'a wrong token': async () => ({
      ...(await tiny()),
      tokens: file('wrong', `capsule_1 ${'c'.repeat(64)}\n`),
      says: /wrong, token 1: .* rejects the token \(401\)/,
    }),
    'a wrong capsule': async () => ({
      ...(await tiny()),
      tokens: file('capsule', `capsule_9 ${'a'.repeat(64)}\n`),
      says: /rejects an upload into capsule capsule_9: 404/,
    }),
    'a token file of another format': async () => ({
      ...(await tiny()),
      tokens: file('words', 'a b c\n'),
      says: /line 1 has 3 words/,
    }),
    'an empty token file': async () => ({
      ...(await tiny()),
      tokens: file('empty', '\n'),
      says: /it has no tokens/,
    }),
    'a URL with a path': async () => {
      const { url, tokens } = await tiny();
      return { url: `${url}/storage`, tokens, says: /pass only the origin/ };
    },
  };

  it.each(Object.entries(cases))('refuses %s with one line and exit code 2', async (_, make) => {
    const { url, tokens, says } = await make();
    expectRefusal(await commandInProcess(runArguments(url, tokens, '--runs', '1')), says);
  });

  it('refuses options that are for canisters', async () => {
    const { url, tokens } = await tiny();
    for (const more of [
      ['--wasm', 'x'],
      ['--fault', 'canary'],
      ['--init-arg', 'x'],
      ['--file', 'x'],
    ]) {
      const { exitCode, stderr } = await commandInProcess(runArguments(url, tokens, ...more));
      expect([exitCode, stderr.split('\n').length, stderr]).toEqual([
        2,
        1,
        expect.stringContaining(more[0]!),
      ]);
    }
    const bare = await commandInProcess(['run', '--target', url]);
    expect([bare.exitCode, bare.stderr]).toEqual([2, expect.stringContaining('needs --http-token FILE')]);
    const astray = await commandInProcess(['run', '--http-token', tokens]);
    expect([astray.exitCode, astray.stderr]).toEqual([2, expect.stringContaining('requires --target URL')]);
  });
});
