import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type RunningServer } from '../servers/pocketic/serve.js';
import { createWorkerBackend } from '../servers/pocketic/worker-backend.js';
import { BUILT_ENGINE } from '../servers/pocketic/testing/built-engine.js';
import type { CanisterServer } from '../servers/ic/canister-server.js';
import { serveUploads } from '../suites/live/testing/places.js';
import { makeCapsule } from './examples/call-live.js';
import { askChunkSize } from './examples/serve-to-pic.js';
import { createOnTwoSubnets } from './examples/two-subnets.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const text = read('serve.md');

test.each(['examples/call-live.ts', 'examples/serve-to-pic.ts', 'examples/two-subnets.ts'])(
  'serve.md shows %s, which this test runs',
  (path) => {
    const marker = `<!-- docs/${path} -->\n`;
    const [, code] = /^\s*```ts\n([\s\S]*?)```/.exec(text.slice(text.indexOf(marker) + marker.length)) ?? [];
    expect(code).toBe(read(path));
  },
);

describe('the live server of serve.md', () => {
  let live: CanisterServer;
  beforeAll(async () => {
    live = await serveUploads();
  });
  afterAll(() => live.close());

  test('lets an agent make a capsule', async () => {
    expect(await makeCapsule(live.url, 'holiday')).toBe('capsule_1');
  });

  test('answers every curl command of the page, and has the canister id of the text', async () => {
    const commands = [...text.matchAll(/^curl (.*)$/gm)].map(([, rest]) => rest!);
    expect(commands).toHaveLength(3);
    const types: (string | null)[] = [];
    for (const command of commands) {
      const [, path] = /http:\/\/127\.0\.0\.1:8000(\S*)/.exec(command)!;
      const [, name, value] = /-H '(\S+): ([^']*)'/.exec(command) ?? [];
      const answer = await fetch(live.url + path!, name === undefined ? {} : { headers: { [name]: value! } });
      expect(answer.status).toBe(200);
      types.push(answer.headers.get('content-type'));
    }
    expect(types).toEqual(['text/plain; charset=utf-8', 'application/json', 'application/cbor']);
    expect(text).toContain(`canister ${live.canister}`);
  });
});

describe('the REST server of serve.md', () => {
  let server: RunningServer;
  beforeAll(async () => {
    const { entry } = BUILT_ENGINE;
    server = (await serve({ createBackend: (options) => createWorkerBackend({ entry, ...options }) }))!;
  });
  afterAll(() => server.stop());

  test('answers the chunk size to pic-js', async () => {
    const wasm = fileURLToPath(new URL('../canister/wasm/upload.wasm', import.meta.url));
    expect(await askChunkSize(server.url, wasm)).toBe(1_800_000);
  });

  test('gives two subnets to pic-js', async () => {
    expect(await createOnTwoSubnets(server.url)).toEqual(['NNS', 'Application']);
  });
});
