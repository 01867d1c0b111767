/** Joins the codes or messages of an error and its causes. The message of `fetch` alone is `fetch failed` or `terminated`. */
export function describeCauses(error: unknown): string {
  const causes: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    causes.push((at as NodeJS.ErrnoException).code ?? at.message);
  }
  return causes.join(': ') || String(error);
}
