/** The store keeps one finding per subject and fingerprint, with its shortest counterexample and its first and last sighting. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'libsql';
import { beforeAll, describe, expect } from 'vitest';
import { readCounterexample, type Counterexample } from '../../harness/counterexamples/counterexample.js';
import { inProject, it as base } from '../../suites/testing/fixtures.js';
import { FindingStore, type CampaignRecord, type StoreLimits } from './finding-store.js';

let long: Counterexample;
let short: Counterexample;

beforeAll(async () => {
  long = await readCounterexample(inProject('corpus/index-committed-later.json'));
  short = { ...long, schedule: { ...long.schedule, steps: long.schedule.steps.slice(0, 2) } };
});

/** With `path`: a file of the test's own folder. With `open`: opens a store there, and closes it after the test. */
const it = base.extend<{
  readonly path: string;
  readonly open: (limits?: Partial<StoreLimits>) => FindingStore;
}>({
  path: async ({ folder }, use) => {
    await use(join(folder, '.upload-stress', 'findings.db'));
  },
  open: async ({ path }, use) => {
    const opened: FindingStore[] = [];
    await use((limits) => {
      const store = new FindingStore(path, limits);
      opened.push(store);
      return store;
    });
    for (const store of opened) store.close();
  },
});

function day(number: number): string {
  return `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`;
}

type Seen = Readonly<Record<string, Counterexample>>;

/** A campaign of a day at the commit of that day, which saw these fingerprints. */
function campaign(number: number, seen: Seen = {}, changes: Partial<CampaignRecord> = {}): CampaignRecord {
  return {
    startedAt: day(number),
    subject: 'mine.wasm',
    wasmSha256: 'ab'.repeat(32),
    commit: `commit-${number}`,
    toolVersion: '1.0.0',
    profile: 'quick',
    seed: number,
    runs: 100,
    verdict: Object.keys(seen).length === 0 ? 'valid' : 'invalid',
    isInterrupted: false,
    findings: Object.entries(seen).map(([fingerprint, counterexample]) => ({
      fingerprint,
      severity: 'wrong answer',
      counterexample,
      accepted: undefined,
    })),
    ...changes,
  };
}

describe('a recorded finding', () => {
  it('has the first and the last commit that saw it, whatever the order of recording', ({ open }) => {
    const store = open();
    for (const number of [3, 1, 2]) store.record(campaign(number, { a: long }));
    store.record(campaign(4));
    expect(store.findings()).toMatchObject([
      {
        fingerprint: 'a',
        status: 'open',
        first: { at: day(1), commit: 'commit-1' },
        last: { at: day(3), commit: 'commit-3' },
        sightings: 3,
        laterCampaigns: 1,
      },
    ]);
  });

  it('keeps its shortest counterexample', ({ open }) => {
    const store = open();
    for (const [index, each] of [long, short, long].entries()) store.record(campaign(index + 1, { a: each }));
    const [finding] = store.findings();
    expect(finding?.counterexample).toEqual(short);
    expect(finding?.operations).toBe(2);
  });

  it('prefers a counterexample that is shrunk to the end to a shorter one that is not', ({ open }) => {
    const store = open();
    store.record(campaign(1, { a: { ...short, isMinimal: false } }));
    store.record(campaign(2, { a: { ...long, isMinimal: true } }));
    store.record(campaign(3, { a: { ...short, isMinimal: false } }));
    expect(store.findings()[0]?.counterexample).toMatchObject({ isMinimal: true });
  });

  it('is opened again by a campaign that sees it after it was fixed', ({ open }) => {
    const store = open();
    store.record(campaign(1, { a: long, b: long }));
    const at = day(2);
    for (const id of [1, 2]) store.setStatus(id, { status: 'fixed', reason: null, at, commit: 'c' });
    store.record(campaign(3, { a: long }));
    expect(store.finding(1)).toMatchObject({ status: 'open', changed: { at: day(3), commit: 'commit-3' } });
    expect(store.finding(2)).toMatchObject({ status: 'fixed', changed: { at, commit: 'c' } });
  });

  it('is accepted with its reason as long as campaigns accept it', ({ open }) => {
    const store = open();
    const [seen] = campaign(1, { a: long }).findings;
    const findings = [{ ...seen!, accepted: 'harmless' }];
    store.record(campaign(1, {}, { findings }));
    expect(store.finding(1)).toMatchObject({ status: 'accepted', reason: 'harmless' });
    expect(store.campaigns('mine.wasm', 10)).toMatchObject([{ findings: 0 }]);
    store.record(campaign(2, { a: long }));
    expect(store.finding(1)).toMatchObject({ status: 'open', reason: null });
  });

  it('belongs to one subject', ({ open }) => {
    const store = open();
    store.record(campaign(1, { a: long }));
    store.record(campaign(2, { a: long }, { subject: 'other.wasm' }));
    expect(store.findings()).toHaveLength(2);
    expect(store.findings({ subject: 'other.wasm' })).toMatchObject([{ first: { at: day(2) } }]);
    expect(store.finding(1)).toMatchObject({ laterCampaigns: 0 });
  });

  it('does not exist under an unknown number', ({ open }) => {
    const store = open();
    expect(store.finding(7)).toBeUndefined();
    expect(store.setStatus(7, { status: 'fixed', reason: null, at: day(1), commit: null })).toBe(false);
  });
});

describe('the store', () => {
  it('records a campaign once', ({ open }) => {
    const store = open();
    for (let times = 0; times < 2; times++) store.record(campaign(1, { a: long }));
    expect(store.finding(1)).toMatchObject({ sightings: 1 });
    expect(store.campaigns('mine.wasm', 10)).toHaveLength(1);
  });

  it('is bounded, and keeps first and last sightings of removed campaigns', ({ open }) => {
    const store = open({ campaignsMax: 3, findingsMax: 2 });
    for (let number = 1; number <= 9; number++)
      store.record(campaign(number, number < 5 ? { a: long } : { [`only-${number}`]: long, a: long }));
    expect(store.campaigns('mine.wasm', 10).map(({ startedAt }) => startedAt)).toEqual([7, 8, 9].map(day));
    const findings = store.findings();
    expect(findings).toHaveLength(2);
    expect(findings.find(({ fingerprint }) => fingerprint === 'a')).toMatchObject({
      first: { commit: 'commit-1' },
      last: { commit: 'commit-9' },
      sightings: 9,
    });
  });

  it('creates its folder with a .gitignore', ({ open, folder }) => {
    open();
    expect(readFileSync(join(folder, '.upload-stress', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('takes records of several processes at once', async ({ path, open }) => {
    const processes = [1, 2, 3].map(async (number) => recordInProcess(path, 20, number));
    await Promise.all(processes);
    const store = open();
    expect(store.finding(1)).toMatchObject({ sightings: 60 });
    expect(store.campaigns('mine.wasm', 1_000)).toHaveLength(60);
  });

  it('contains nothing of a record whose process was killed', async ({ path, open }) => {
    open().record(campaign(1, { a: long }));
    const child = spawn(process.execPath, ['-e', KILLED, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    expect(existsSync(`${path}-journal`)).toBe(true);
    const store = open();
    expect(store.findings()).toMatchObject([{ severity: 'wrong answer', sightings: 1 }]);
    store.record(campaign(2, { a: long }));
    expect(store.finding(1)).toMatchObject({ sightings: 2 });
  });
});

/** Changes every finding, and more rows than the cache holds, in a transaction that does not end. */
const KILLED = `
  const sqlite = new (require(${JSON.stringify(inProject('node_modules/libsql'))}))(process.argv[1]);
  sqlite.exec("PRAGMA cache_size = 5; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE findings SET severity = 'lost', sightings = 99");
  sqlite.exec("WITH RECURSIVE c(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM c WHERE x < 3000) INSERT INTO findings SELECT x, 'mine.wasm', hex(randomblob(99)), 's', 'open', NULL, '', NULL, '', NULL, '', NULL, 1, '{}', 1 FROM c");
  console.log('changed');
  setInterval(() => {}, 1000);
`;

/** Records campaigns from a process of its own. */
async function recordInProcess(path: string, count: number, number: number): Promise<void> {
  const script = `
    import { FindingStore } from ${JSON.stringify(inProject('campaigns/store/finding-store.ts'))};
    const store = new FindingStore(${JSON.stringify(path)});
    const campaign = ${JSON.stringify(campaign(1, { a: short }))};
    for (let seed = 0; seed < ${count}; seed++) store.record({ ...campaign, seed: 1000 * ${number} + seed });
    store.close();`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: inProject('.'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
}

describe('an unusable file', () => {
  it('is refused with one line', ({ folder, file }) => {
    const other = join(folder, 'other.db');
    const sqlite = new Sqlite(other);
    sqlite.exec('CREATE TABLE t (a)');
    sqlite.close();
    const newer = join(folder, 'newer.db');
    new FindingStore(newer).close();
    const changed = new Sqlite(newer);
    changed.exec('PRAGMA user_version = 9');
    changed.close();
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        file('text.db', 'this is not a database, but it is a long text'.repeat(40)),
        /: it is not an SQLite database; delete it, or pass another file with --store$/,
      ],
      [other, /: it is a database of another program; pass another file with --store$/],
      [
        newer,
        /: it has format version 9, but this program supports 1; use the version of the program that wrote the file, or pass/,
      ],
      [folder, /: it is a folder; name a regular file$/],
      [join(file('plain', ''), 'x.db'), /: a part of the path is a file; pass another file with --store$/],
    ];
    for (const [path, line] of cases) expect(() => new FindingStore(path), path).toThrow(line);
  });

  it('is refused if its pages are damaged', ({ path }) => {
    const store = new FindingStore(path);
    store.record(campaign(1, { a: long }));
    store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0x5a, 4096));
    expect(() => new FindingStore(path).findings()).toThrow(
      /: it is damaged; delete it, or pass another file/,
    );
  });
});
