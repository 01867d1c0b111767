/**
 * The SQLite file of a store: it is created, recognized, and locked here. Nothing of the library is visible outside this file, so that
 * another one can replace it.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Sqlite from 'libsql';
import { makeFolder } from '../../harness/files/make-folder.js';
import { checkInputFile } from '../../harness/files/input-file.js';
import { reasonOf } from '../../harness/files/system-error.js';
import { InputError } from '../../harness/input-error.js';
import { MIGRATIONS } from './schema.js';

export type SqlValue = string | number | null;

/** Marks the file as one of this program (`PRAGMA application_id`): the letters `upst`. */
const APPLICATION_ID = 0x75707374;
/** Another process may hold the file for the time of one recording, a few milliseconds. */
const BUSY_MS = 20_000;
const STORE_BYTES_MAX = 2 ** 30;

export class Database {
  readonly #sqlite: Sqlite.Database;
  readonly #path: string;

  /**
   * Opens the file. A missing one is created with its folder.
   * @throws InputError, one line, if it cannot be opened, belongs to another program, or has a newer format
   */
  constructor(path: string) {
    this.#path = path;
    const isNew = !existsSync(path);
    if (isNew) createFolder(path);
    else checkInputFile(path, { what: 'store', bytesMax: STORE_BYTES_MAX });
    this.#sqlite = this.#guard(() => new Sqlite(path));
    try {
      this.#run(`PRAGMA busy_timeout = ${BUSY_MS}`);
      this.#run('PRAGMA foreign_keys = ON');
      // A file that needs no migration is only read, because it may be on a read-only file system.
      if (this.#needsMigration()) this.transaction(() => this.#migrate());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Runs a statement that returns no rows. */
  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#guard(() => this.#sqlite.prepare(sql).run(...values));
  }

  all(sql: string, ...values: readonly SqlValue[]): readonly unknown[] {
    return this.#guard(() => this.#sqlite.prepare(sql).all(...values));
  }

  /** Runs the function in a transaction that no other process interrupts. If it throws, nothing is changed. */
  transaction<T>(work: () => T): T {
    this.#run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#run('COMMIT');
      return result;
    } catch (error) {
      if (this.#sqlite.inTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  #run(sql: string): void {
    this.#guard(() => this.#sqlite.exec(sql));
  }

  /** @throws InputError if this version of the program cannot use the file */
  #needsMigration(): boolean {
    const version = this.#pragma('user_version');
    if (version > MIGRATIONS.length)
      throw new InputError(
        `store ${this.#path}: it has format version ${version}, but this program supports ${MIGRATIONS.length}; ` +
          'use the version of the program that wrote the file, or pass another file with --store',
      );
    const [content] = this.all('SELECT name FROM sqlite_schema LIMIT 1');
    if (content !== undefined && this.#pragma('application_id') !== APPLICATION_ID)
      throw new InputError(
        `store ${this.#path}: it is a database of another program; pass another file with --store`,
      );
    return version < MIGRATIONS.length;
  }

  #migrate(): void {
    // Another process may have done it in the meantime.
    if (!this.#needsMigration()) return;
    for (const migration of MIGRATIONS.slice(this.#pragma('user_version'))) this.#run(migration);
    this.#run(`PRAGMA application_id = ${APPLICATION_ID}`);
    this.#run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  }

  #pragma(name: 'user_version' | 'application_id'): number {
    const [row] = this.all(`PRAGMA ${name}`);
    return Number((row as Readonly<Record<string, unknown>> | undefined)?.[name]);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new InputError(`store ${this.#path}: ${problemOf(error)}`, { cause: error });
    }
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not an SQLite database; delete it, or pass another file with --store',
  SQLITE_CORRUPT: 'it is damaged; delete it, or pass another file with --store',
  SQLITE_BUSY: 'another command is writing to it; try again',
  SQLITE_READONLY: 'it cannot be written; pass another file with --store',
  SQLITE_FULL: 'the disk is full',
};

function problemOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  // Extended codes have a suffix, as in SQLITE_READONLY_DIRECTORY.
  const known = Object.keys(PROBLEMS).find((name) => code.startsWith(name));
  if (known !== undefined) return PROBLEMS[known] ?? known;
  const reason = reasonOf(error);
  return reason.startsWith('ConnectionFailed')
    ? 'it cannot be opened; pass another file with --store'
    : reason;
}

/** Creates the folder of a store. A folder named `.upload-stress` gets a `.gitignore`, so that nobody commits the database by mistake. */
function createFolder(path: string): void {
  const folder = dirname(resolve(path));
  try {
    const isNew = !existsSync(folder);
    makeFolder(folder);
    if (!statSync(folder).isDirectory())
      throw new InputError(`store ${path}: a part of the path is a file; pass another file with --store`);
    if (isNew && folder.endsWith('.upload-stress')) writeFileSync(join(folder, '.gitignore'), '*\n');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `store ${path}: its folder cannot be created: ${reasonOf(error)}; pass another file with --store`,
    );
  }
}
