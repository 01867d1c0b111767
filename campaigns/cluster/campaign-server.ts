/**
 * What a server holds of campaigns, apart from the queue of jobs. Everything is written once and keyed by what it is, so that a job that
 * is executed twice changes nothing.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { InputError } from '../../harness/input-error.js';
import { decodeSpec, encodeSpec, type CampaignSpec } from './spec.js';

/** Prefix of every key. */
export const PREFIX = 'upload-stress';

/** A campaign as a list shows it. */
export interface ListedCampaign {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
}

/** A process that executes jobs. */
export interface WorkerRecord {
  readonly name: string;
  readonly threads: number;
  /** Milliseconds since 1970, of the last sign of life. */
  readonly seenMs: number;
}

/** Extends or ends a lease only if it is still held by the caller. */
const RENEW = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`;

/** One campaign on a server. */
export class CampaignServer {
  readonly #redis: Redis;
  readonly id: string;

  constructor(redis: Redis, id: string) {
    this.#redis = redis;
    this.id = id;
  }

  /** Stores a specification and the code that it names. Nothing happens if it is stored already. */
  static async create(
    redis: Redis,
    spec: CampaignSpec,
    blobs: readonly Uint8Array[],
    nowMs: number,
  ): Promise<CampaignServer> {
    const { id, text } = encodeSpec(spec);
    for (const blob of blobs) await redis.set(blobKey(sha256(blob)), Buffer.from(blob));
    const server = new CampaignServer(redis, id);
    await redis.set(server.#key('spec'), text);
    await redis.zadd(`${PREFIX}:campaigns`, 'NX', String(nowMs), id);
    return server;
  }

  /** The campaigns of a server, the latest first. */
  static async list(redis: Redis): Promise<readonly ListedCampaign[]> {
    const flat = await redis.zrange(`${PREFIX}:campaigns`, '0', '-1', 'REV', 'WITHSCORES');
    const campaigns: ListedCampaign[] = [];
    for (let at = 0; at + 1 < flat.length; at += 2)
      campaigns.push({ id: flat[at] ?? '', startedMs: Number(flat[at + 1]) });
    return campaigns;
  }

  /** @throws InputError if the server has no such campaign, or another one under this id */
  async spec(): Promise<CampaignSpec> {
    const text = await this.#redis.get(this.#key('spec'));
    if (text !== null) return decodeSpec(this.id, text);
    throw new InputError(
      `campaign ${this.id}: the server has no such campaign; "campaign status" lists them`,
    );
  }

  /** Removes code by its SHA-256. */
  static async removeCode(redis: Redis, hashes: readonly string[]): Promise<void> {
    if (hashes.length > 0) await redis.unlink(...hashes.map(blobKey));
  }

  async startedMs(): Promise<number> {
    return Number((await this.#redis.zscore(`${PREFIX}:campaigns`, this.id)) ?? 0);
  }

  /** Code by its SHA-256. @throws InputError if the server lacks it, or has other bytes under this name */
  async blob(hash: string): Promise<Uint8Array> {
    const bytes = await this.#redis.getBuffer(blobKey(hash));
    if (bytes === null)
      throw new InputError(`campaign ${this.id}: the server lacks the code ${hash}; start it again`);
    if (sha256(bytes) !== hash)
      throw new InputError(
        `campaign ${this.id}: the code ${hash} on the server was changed; nothing of it is executed`,
      );
    return Uint8Array.from(bytes);
  }

  // ---- results of jobs ----

  async putRange(index: number, results: Buffer): Promise<void> {
    await this.#redis.hsetnx(this.#key('ranges'), String(index), results);
  }

  /** `undefined` for each range that has not been executed. */
  async ranges(indices: readonly number[]): Promise<readonly (Uint8Array | undefined)[]> {
    const values = await this.#redis.hmgetBuffer(this.#key('ranges'), ...indices.map(String));
    return values.map((value) => value ?? undefined);
  }

  async hasRange(index: number): Promise<boolean> {
    return (await this.#redis.hexists(this.#key('ranges'), String(index))) === 1;
  }

  /** Which of the ranges have results. */
  async rangesPresent(indices: readonly number[]): Promise<readonly boolean[]> {
    return Promise.all(indices.map(async (index) => this.hasRange(index)));
  }

  async rangesDone(): Promise<number> {
    return this.#redis.hlen(this.#key('ranges'));
  }

  /** The failure that a shrinking job gets, and the shrunk one. */
  async putFailure(key: string, failure: Buffer): Promise<void> {
    await this.#redis.hsetnx(this.#key('failures'), key, failure);
  }

  async failure(key: string): Promise<Uint8Array | undefined> {
    return (await this.#redis.hgetBuffer(this.#key('failures'), key)) ?? undefined;
  }

  async putShrunk(key: string, shrunk: Buffer): Promise<void> {
    await this.#redis.hsetnx(this.#key('shrunk'), key, shrunk);
  }

  async shrunk(key: string): Promise<Uint8Array | undefined> {
    return (await this.#redis.hgetBuffer(this.#key('shrunk'), key)) ?? undefined;
  }

  // ---- the merged campaign ----

  /** The progress and the findings so far, as JSON. */
  async putLive(text: string): Promise<void> {
    await this.#redis.set(this.#key('live'), text);
  }

  async live(): Promise<string | undefined> {
    return (await this.#redis.get(this.#key('live'))) ?? undefined;
  }

  /** The outcome of the complete campaign. */
  async putOutcome(outcome: Buffer): Promise<void> {
    await this.#redis.setnx(this.#key('outcome'), outcome);
  }

  async outcome(): Promise<Uint8Array | undefined> {
    return (await this.#redis.getBuffer(this.#key('outcome'))) ?? undefined;
  }

  async isComplete(): Promise<boolean> {
    return (await this.#redis.exists(this.#key('outcome'))) === 1;
  }

  /** Why the campaign cannot go on: one line. */
  async putProblem(line: string): Promise<void> {
    await this.#redis.set(this.#key('problem'), line);
  }

  async problem(): Promise<string | undefined> {
    return (await this.#redis.get(this.#key('problem'))) ?? undefined;
  }

  async clearProblem(): Promise<void> {
    await this.#redis.del(this.#key('problem'));
  }

  // ---- workers ----

  async announce(worker: WorkerRecord): Promise<void> {
    await this.#redis.hset(this.#key('workers'), worker.name, JSON.stringify(worker));
  }

  async leave(name: string): Promise<void> {
    await this.#redis.hdel(this.#key('workers'), name);
  }

  async workers(): Promise<readonly WorkerRecord[]> {
    return (await this.#redis.hvals(this.#key('workers'))).map((text) => JSON.parse(text) as WorkerRecord);
  }

  /** The right of one process to merge the results. Returns whether it has it now. */
  async acquireLease(owner: string, ms: number): Promise<boolean> {
    return (await this.#redis.set(this.#key('lease'), owner, 'PX', ms, 'NX')) === 'OK';
  }

  async renewLease(owner: string, ms: number): Promise<boolean> {
    return (await this.#redis.eval(RENEW, 1, this.#key('lease'), owner, ms)) === 1;
  }

  async releaseLease(owner: string): Promise<void> {
    await this.#redis.eval(RELEASE, 1, this.#key('lease'), owner);
  }

  /** Removes everything but the code, which other campaigns may use, and the queue. */
  async remove(): Promise<void> {
    const names = ['spec', 'ranges', 'failures', 'shrunk', 'live', 'outcome', 'problem', 'workers', 'lease'];
    await this.#redis.unlink(...names.map((name) => this.#key(name)));
    await this.#redis.zrem(`${PREFIX}:campaigns`, this.id);
  }

  #key(name: string): string {
    return `${PREFIX}:${this.id}:${name}`;
  }
}

function blobKey(hash: string): string {
  return `${PREFIX}:code:${hash}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
