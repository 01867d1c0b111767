/** The commit of a project comes from the user, the CI service, or git. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it } from '../../suites/testing/fixtures.js';
import { currentCommit } from './commit.js';

const NO_ONE = ['-c', 'user.name=n', '-c', 'user.email=e@example.org', '-c', 'commit.gpgsign=false'];

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', [...NO_ONE, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

describe('the commit of a project', () => {
  it('is the HEAD of its repository, with a plus after a change of a tracked file', async ({ folder }) => {
    git(folder, 'init', '--quiet');
    writeFileSync(join(folder, 'a'), '1');
    expect(await currentCommit({ env: {}, folder })).toBeNull();
    git(folder, 'add', 'a');
    git(folder, 'commit', '--quiet', '-m', 'one');
    const head = git(folder, 'rev-parse', 'HEAD');
    writeFileSync(join(folder, 'untracked'), '');
    expect(await currentCommit({ env: {}, folder })).toBe(head);
    writeFileSync(join(folder, 'a'), '2');
    expect(await currentCommit({ env: {}, folder })).toBe(`${head}+`);
  });

  it('is taken from the CI service before git, and from the user before both', async ({ folder }) => {
    const env = { GITHUB_SHA: 'from-ci' };
    expect(await currentCommit({ env, folder })).toBe('from-ci');
    expect(await currentCommit({ env, folder, named: 'mine' })).toBe('mine');
  });

  it('is unknown outside a repository', async ({ folder }) => {
    expect(await currentCommit({ env: {}, folder })).toBeNull();
  });
});
