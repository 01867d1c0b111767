/** The commit that a CI service says it is at; null where none does. */
export function environmentCommit(env: Readonly<Record<string, string | undefined>>): string | null {
  const commit = env['GITHUB_SHA'] ?? env['CI_COMMIT_SHA'] ?? '';
  return commit === '' ? null : commit;
}
