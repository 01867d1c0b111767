/** The commit of the project under test. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { environmentCommit } from '../gate/ci-variables.js';

export interface CommitOptions {
  /** The commit that the user named. */
  readonly named?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A folder of the project. Default: the working folder. */
  readonly folder?: string | undefined;
}

/** A repository that answers later than this is not worth the wait. */
const GIT_MS_MAX = 5_000;

/**
 * The named commit, that of the CI service, or that of the git repository around the folder, with a `+` at the end if tracked files have
 * changed since; null if there is none.
 */
export async function currentCommit({ named, env = process.env, folder }: CommitOptions = {}): Promise<
  string | null
> {
  if (named !== undefined) return named;
  const reported = environmentCommit(env);
  if (reported !== null) return reported;
  const head = await git(['rev-parse', '--verify', 'HEAD'], folder);
  if (head === undefined) return null;
  const changes = await git(['status', '--porcelain', '--untracked-files=no'], folder);
  return changes === '' ? head : `${head}+`;
}

const execute = promisify(execFile);

/** The output of git; undefined if git is missing, fails, or takes too long. */
async function git(args: readonly string[], cwd: string | undefined): Promise<string | undefined> {
  try {
    const { stdout } = await execute('git', args, { timeout: GIT_MS_MAX, cwd });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
