/** The commit that the CI service reports in its environment variables; null if there is none. */
export function environmentCommit(env: Readonly<Record<string, string | undefined>>): string | null {
  const commit = env['GITHUB_SHA'] ?? env['CI_COMMIT_SHA'] ?? '';
  return commit === '' ? null : commit;
}
