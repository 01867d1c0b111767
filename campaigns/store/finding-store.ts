/**
 * The store of findings: what the campaigns of a project have found, when, and at which commits. A finding is identified by its subject
 * and its fingerprint; its shortest counterexample is kept.
 */
import { isSimpler } from '../../harness/minimise/is-simpler.js';
import { operationCount } from '../../harness/counterexamples/describe-schedule.js';
import type { Counterexample } from '../../harness/counterexamples/counterexample.js';
import { Database } from './database.js';
import {
  campaignsFrom,
  findingFrom,
  type StoredCampaign,
  type StoredFinding,
  type FindingStatus,
} from './rows.js';

/** A campaign that is to be recorded. */
export interface CampaignRecord extends Omit<StoredCampaign, 'findings'> {
  readonly findings: readonly SeenFinding[];
}

export interface SeenFinding {
  readonly fingerprint: string;
  readonly severity: string;
  readonly counterexample: Counterexample;
  /** Why the finding is accepted; undefined if it is not. */
  readonly accepted: string | undefined;
}

/** When and where a status was given. */
export interface StatusChange {
  readonly status: FindingStatus;
  readonly reason: string | null;
  readonly at: string;
  readonly commit: string | null;
}

export interface FindingQuery {
  /** Default: all subjects. */
  readonly subject?: string;
  /** Default: no limit. */
  readonly countMax?: number;
}

export interface StoreLimits {
  /** Older campaigns are removed. What they saw first and last is kept. */
  readonly campaignsMax: number;
  /** The findings that were seen the longest time ago are removed. */
  readonly findingsMax: number;
}

const LIMITS_DEFAULT: StoreLimits = { campaignsMax: 2_000, findingsMax: 2_000 };

export class FindingStore {
  readonly #database: Database;
  readonly #limits: StoreLimits;

  /** @throws InputError, one line, if the file cannot be used */
  constructor(path: string, limits: Partial<StoreLimits> = {}) {
    this.#database = new Database(path);
    this.#limits = { ...LIMITS_DEFAULT, ...limits };
  }

  close(): void {
    this.#database.close();
  }

  /** Records a campaign and its findings. A campaign that is recorded already is not recorded again. */
  record(campaign: CampaignRecord): void {
    this.#database.transaction(() => {
      const id = this.#addCampaign(campaign);
      if (id === undefined) return;
      for (const finding of campaign.findings) this.#see(finding, campaign, id);
      this.#prune();
    });
  }

  /** The findings of a subject, or all, those seen last first. */
  findings({ subject, countMax = -1 }: FindingQuery = {}): readonly StoredFinding[] {
    const where = subject === undefined ? '' : 'WHERE subject = ?';
    const values = subject === undefined ? [countMax] : [subject, countMax];
    return this.#select(`${where} ORDER BY last_at DESC, id DESC LIMIT ?`, ...values);
  }

  finding(id: number): StoredFinding | undefined {
    return this.#select('WHERE id = ?', id)[0];
  }

  /** The latest campaigns of a subject, oldest first. */
  campaigns(subject: string, countMax: number): readonly StoredCampaign[] {
    return campaignsFrom(
      this.#database.all(
        'SELECT * FROM campaigns WHERE subject = ? ORDER BY started_at DESC, id DESC LIMIT ?',
        subject,
        countMax,
      ),
    ).toReversed();
  }

  /** Returns false if there is no such finding. */
  setStatus(id: number, change: StatusChange): boolean {
    return this.#database.transaction(() => {
      if (this.finding(id) === undefined) return false;
      this.#setStatus(id, change);
      return true;
    });
  }

  /** Returns the id of the campaign; undefined if it is recorded already. */
  #addCampaign(campaign: CampaignRecord): number | undefined {
    const { startedAt, subject, wasmSha256, commit, toolVersion, profile, seed, runs, verdict } = campaign;
    const open = campaign.findings.filter(({ accepted }) => accepted === undefined).length;
    const rows = this.#database.all(
      `INSERT INTO campaigns (started_at, subject, wasm_sha256, commit_id, tool_version, profile, seed, runs, verdict, is_interrupted, findings)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
      ...[startedAt, subject, wasmSha256, commit, toolVersion, profile, seed, runs, verdict],
      campaign.isInterrupted ? 1 : 0,
      open,
    );
    const [row] = rows as readonly { readonly id: number }[];
    return row?.id;
  }

  #see(seen: SeenFinding, campaign: CampaignRecord, campaignId: number): void {
    const { fingerprint, severity, counterexample, accepted } = seen;
    const { subject, startedAt, commit } = campaign;
    const [known] = this.#select('WHERE subject = ? AND fingerprint = ?', subject, fingerprint);
    const status = accepted === undefined ? 'open' : 'accepted';
    const change = { status, reason: accepted ?? null, at: startedAt, commit } as const;
    if (known === undefined) {
      this.#database.run(
        `INSERT INTO findings (subject, fingerprint, severity, status, reason, status_at, status_commit,
           first_at, first_commit, last_at, last_commit, sightings, counterexample, operations)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
        ...[subject, fingerprint, severity, change.status, change.reason, startedAt, commit],
        ...[startedAt, commit, startedAt, commit],
        ...counterexampleColumns(counterexample),
      );
    } else {
      if (isBetter(counterexample, known.counterexample))
        this.#database.run(
          'UPDATE findings SET counterexample = ?, operations = ? WHERE id = ?',
          ...counterexampleColumns(counterexample),
          known.id,
        );
      this.#moveSightings(known, campaign);
      // A finding that is seen again is not fixed.
      if (known.status !== status || known.reason !== change.reason) this.#setStatus(known.id, change);
    }
    this.#database.run(
      `INSERT INTO sightings (finding, campaign) SELECT id, ? FROM findings WHERE subject = ? AND fingerprint = ?`,
      ...[campaignId, subject, fingerprint],
    );
    this.#database.run(
      'UPDATE findings SET severity = ?, sightings = sightings + 1 WHERE subject = ? AND fingerprint = ?',
      ...[severity, subject, fingerprint],
    );
  }

  /** Campaigns may be recorded in another order than they started. */
  #moveSightings({ id, first, last }: StoredFinding, { startedAt, commit }: CampaignRecord): void {
    if (startedAt >= last.at)
      this.#database.run(
        'UPDATE findings SET last_at = ?, last_commit = ? WHERE id = ?',
        startedAt,
        commit,
        id,
      );
    if (startedAt < first.at)
      this.#database.run(
        'UPDATE findings SET first_at = ?, first_commit = ? WHERE id = ?',
        startedAt,
        commit,
        id,
      );
  }

  #setStatus(id: number, { status, reason, at, commit }: StatusChange): void {
    this.#database.run(
      'UPDATE findings SET status = ?, reason = ?, status_at = ?, status_commit = ? WHERE id = ?',
      ...[status, reason, at, commit, id],
    );
  }

  #prune(): void {
    const { campaignsMax, findingsMax } = this.#limits;
    this.#database.run(
      'DELETE FROM campaigns WHERE id NOT IN (SELECT id FROM campaigns ORDER BY started_at DESC, id DESC LIMIT ?)',
      campaignsMax,
    );
    this.#database.run(
      'DELETE FROM findings WHERE id NOT IN (SELECT id FROM findings ORDER BY last_at DESC, id DESC LIMIT ?)',
      findingsMax,
    );
  }

  #select(rest: string, ...values: readonly (string | number)[]): readonly StoredFinding[] {
    const later = `(SELECT COUNT(*) FROM campaigns
      WHERE campaigns.subject = findings.subject AND started_at > last_at AND is_interrupted = 0)`;
    return this.#database
      .all(`SELECT findings.*, ${later} AS later_campaigns FROM findings ${rest}`, ...values)
      .map(findingFrom);
  }
}

function counterexampleColumns(counterexample: Counterexample): [string, number] {
  return [JSON.stringify(counterexample), operationCount(counterexample.schedule)];
}

function isBetter(a: Counterexample, b: Counterexample): boolean {
  return a.isMinimal === b.isMinimal ? isSimpler(a.schedule, b.schedule) : a.isMinimal;
}
