/**
 * Replaces the server binary with a Node script that has the same name, flags, and port file. `behaviour` selects a fault; `listen` has
 * none.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export type Behaviour =
  'listen' | 'die' | 'hang' | 'ignore-sigterm' | 'no-version' | 'slow-version' | 'chatty' | 'crash-on-tick';

interface FakeServerOptions {
  readonly name?: string;
  readonly mode?: number;
  /** Default: 10.0.0. Version 13 declines instances without `cloud_engine`, as its server does. */
  readonly version?: string;
}

function scriptOf(behaviour: Behaviour, version: string): string {
  return `#!${process.execPath}
const { createServer } = require('node:http');
const { openSync, writeSync, rmSync } = require('node:fs');
const behaviour = ${JSON.stringify(behaviour)};
const args = process.argv.slice(2);
const flag = (name) => { const at = args.indexOf(name); return at < 0 ? undefined : args[at + 1]; };
if (args.includes('--version')) {
  if (behaviour === 'slow-version') setTimeout(() => {}, 60000);
  else { console.log(behaviour === 'no-version' ? 'hello' : 'pocket-ic-server ${version}'); process.exit(0); }
} else {
  const file = flag('--port-file');
  let fd;
  try { fd = openSync(file, 'wx'); } catch { process.exit(0); }
  if (behaviour === 'die') { console.error('thread main panicked: no room'); process.exit(101); }
  if (behaviour === 'chatty') {
    for (let i = 0; i < 20000; i++) console.error('2021-05-06 19:17:10.000000001 UTC: [Canister lxzze-o7777-77777-aaaaa-cai] line ' + i);
    console.log('x'.repeat(1000000));
  }
  if (behaviour === 'ignore-sigterm') process.on('SIGTERM', () => {});
  else process.on('SIGTERM', () => { rmSync(file, { force: true }); process.exit(0); });
  if (behaviour === 'hang') setInterval(() => {}, 1000);
  else {
    const server = createServer((request, response) => {
      if (behaviour === 'crash-on-tick' && request.url.endsWith('/tick')) {
        console.error('thread main panicked: state is broken');
        process.exit(101);
      }
      if (request.url !== '/instances') {
        response.end(JSON.stringify(args));
        return;
      }
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const isComplete = !'${version}'.startsWith('13.') || body.includes('"cloud_engine":[]');
        if (!isComplete) response.writeHead(422).end('missing field \`cloud_engine\`');
        else response.end('{"Created":{"instance_id":0,"topology":{"subnet_configs":{}},"http_gateway_info":null}}');
      });
    });
    server.listen(0, '127.0.0.1', () => writeSync(fd, server.address().port + '\\n'));
  }
}
`;
}

/** Writes the script into a new folder that is deleted when the test ends. Returns the path of the script. */
export async function writeFakeServer(
  behaviour: Behaviour = 'listen',
  { name = 'pocket-ic', mode = 0o755, version = '10.0.0' }: FakeServerOptions = {},
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'upload-stress-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  await writeFile(file, scriptOf(behaviour, version));
  await chmod(file, mode);
  return file;
}
