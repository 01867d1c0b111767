import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExchangeTrace } from '../conformance/exchanges/exchange.js';
import { readExpectedDifferences } from '../conformance/exchanges/expected-differences.js';
import { readExchangeTrace } from '../conformance/exchanges/trace-files.js';
import { parseExactJson } from '../replicas/pocketic/exact-json.js';
import { EngineBackend } from '../servers/pocketic/engine-backend.js';
import type { BackendSubmission, IngressStatus } from '../servers/pocketic/backend.js';
import type { Call, PrincipalText } from '../replicas/replica.js';
import { startServer } from '../servers/pocketic/testing/start-server.js';
import { readGoldenText } from '../conformance/golden-step.js';
import { commandInProcess } from './testing/command.js';

/** The seed of a short first schedule, because shrinking installs the canister for each of its attempts. */
const SHORT = '9';

/** No PocketIC server is found there. */
const WITHOUT_SERVER = { POCKET_IC_BIN: '/nowhere/pocket-ic', PATH: '/nowhere' };

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'upload-stress-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('upload-stress diff', () => {
  it('reports a missing server in one line', async () => {
    const { exitCode, stdout, stderr } = await commandInProcess(['diff', '--runs', '1'], WITHOUT_SERVER);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/no PocketIC server was found/);
  });

  it('compares the engine with a server at a URL', async () => {
    const { url } = await startServer(() => Promise.resolve(new EngineBackend()));
    const { exitCode, stdout } = await commandInProcess(['diff', '--runs', '1', '--server-url', url]);
    expect(stdout).toMatch(/^1 schedule, no difference \(a: embedded 1, b: pocketic/);
    expect(exitCode).toBe(0);
  });

  it('reports a difference, saves it and exits 1', async () => {
    const out = temporaryFolder();
    const { url } = await startServer(() => Promise.resolve(new SpoilingBackend()));
    const compare = ['diff', '--runs', '1', '--seed', SHORT, '--server-url', url, '--out', out];
    const { exitCode, stdout } = await commandInProcess(compare);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^1\. outcome: begin differs in result\.[a-z]+: /);
    expect(stdout).toMatch(/step \d+, call \d+, round \d+: begin A/);
    expect(stdout).toMatch(/expected: .*\(a meets the specification\)/);
    const folder = join(out, 'differences');
    const [file] = readdirSync(folder);
    const saved = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as Record<string, unknown>;
    expect(saved).toMatchObject({ formatVersion: 1, aspect: 'outcome', campaign: { seed: Number(SHORT) } });

    const fingerprints = [...stdout.matchAll(/^\d+\. (.+)$/gm)].map(([, fingerprint]) => fingerprint);
    const accepted = join(out, 'accepted.json');
    writeFileSync(
      accepted,
      JSON.stringify(fingerprints.map((fingerprint) => ({ fingerprint, reason: 'planted' }))),
    );
    const again = await commandInProcess([...compare, '--accept', accepted]);
    expect(again.stdout).toMatch(
      /^accepted, in \d schedules?: outcome: begin .* \(planted\)\n1 schedule, no difference/,
    );
    expect(again.exitCode).toBe(0);

    writeFileSync(accepted, '[{"fingerprint": "no cause", "reason": "x"}]');
    const wrong = await commandInProcess([...compare, '--accept', accepted]);
    expect(wrong.stderr).toMatch(
      /accepted\.json: entry 1, fingerprint: must be the cause of a difference as diff prints it$/,
    );
    expect(wrong.exitCode).toBe(2);
  });
});

/** Every begin is reported as a trap. Shrinking leaves nothing else, so it needs few executions. */
class SpoilingBackend extends EngineBackend {
  readonly #begins = new Set<string>();

  override async submit(call: Call, subnet: PrincipalText): Promise<BackendSubmission> {
    const submission = await super.submit(call, subnet);
    if (submission.kind === 'accepted' && call.method === 'uploads_begin')
      this.#begins.add(String(submission.messageId));
    return submission;
  }

  override async ingressStatus(
    messageId: Uint8Array,
    subnet: PrincipalText,
  ): Promise<IngressStatus | undefined> {
    const status = await super.ingressStatus(messageId, subnet);
    if (status?.outcome === undefined || !this.#begins.has(String(messageId))) return status;
    return { ...status, outcome: { kind: 'reject', code: 5, errorCode: 'IC0503', text: 'planted' } };
  }
}

describe('upload-stress record', () => {
  it('writes the golden files again on the embedded engine', async () => {
    const out = temporaryFolder();
    const names = ['lifecycle', 'calls', 'rounds', 'time', 'ingress'] as const;
    const { exitCode, stdout } = await commandInProcess(['record', '--out', out, '--trace', ...names]);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(names.length);
    for (const name of names) {
      expect(readFileSync(join(out, `${name}.json`), 'utf8')).toBe(readGoldenText(name));
    }
  });

  it('writes the answers of the embedded engine to recorded requests', async () => {
    const out = temporaryFolder();
    const { exitCode, stdout } = await commandInProcess(['record', '--out', out, '--trace', '00-smoke']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\S+00-smoke\.json: 25 exchanges, /);
    const recorded = parseExactJson(readFileSync(join(out, '00-smoke.json'), 'utf8')) as ExchangeTrace;
    const { exchanges } = readExchangeTrace('00-smoke');
    const listed = readExpectedDifferences('00-smoke');
    expect(recorded.exchanges).toHaveLength(exchanges.length);
    expect(recorded.exchanges.filter((_, index) => !listed.has(index))).toEqual(
      exchanges.filter((_, index) => !listed.has(index)),
    );
  });

  it('reports what prevents the recording in one line', async () => {
    const { exitCode, stderr } = await commandInProcess(['record', '--replica', 'pocketic'], WITHOUT_SERVER);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    const wrong = await commandInProcess(['record', '--server-url', 'http://127.0.0.1:1']);
    expect(wrong).toMatchObject({ exitCode: 2 });
    expect(wrong.stderr).toMatch(/--server-url requires --replica pocketic/);
  });
});
