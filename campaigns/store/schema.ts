/**
 * The tables of a store. A file has the format version n if the first n migrations have been applied to it. A migration is never
 * changed after a release; a change of the tables is a new one.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE campaigns (
     id INTEGER PRIMARY KEY,
     started_at TEXT NOT NULL,
     -- The path of the module or the URL of the service, with the seeded fault if there is one.
     subject TEXT NOT NULL,
     wasm_sha256 TEXT NOT NULL,
     -- The commit of the project under test; NULL if it is unknown.
     commit_id TEXT,
     tool_version TEXT NOT NULL,
     profile TEXT NOT NULL,
     seed INTEGER NOT NULL,
     runs INTEGER NOT NULL,
     verdict TEXT NOT NULL,
     is_interrupted INTEGER NOT NULL,
     findings INTEGER NOT NULL,
     UNIQUE (started_at, subject, seed)
   ) STRICT;
   CREATE INDEX campaigns_of_subject ON campaigns (subject, started_at);

   -- First and last sighting are columns, so that they outlive the campaigns that are pruned.
   CREATE TABLE findings (
     id INTEGER PRIMARY KEY,
     subject TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     severity TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('open', 'fixed', 'accepted')),
     -- Why the finding is accepted.
     reason TEXT,
     -- When the status changed, and the commit at that time.
     status_at TEXT NOT NULL,
     status_commit TEXT,
     first_at TEXT NOT NULL,
     first_commit TEXT,
     last_at TEXT NOT NULL,
     last_commit TEXT,
     sightings INTEGER NOT NULL,
     -- The shortest counterexample, as JSON.
     counterexample TEXT NOT NULL,
     operations INTEGER NOT NULL,
     UNIQUE (subject, fingerprint)
   ) STRICT;

   CREATE TABLE sightings (
     finding INTEGER NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
     campaign INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
     PRIMARY KEY (finding, campaign)
   ) STRICT, WITHOUT ROWID;`,
];
