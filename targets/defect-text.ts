/** Texts for the mistakes that a schema finds in what a user has written. */
import type { z } from 'zod';

/**
 * A mistake in a value that a user writes, in one line: `promises.chunkOrder must be any or ascending`.
 * @param page the page that describes the fields
 */
export function defectText(issue: z.core.$ZodIssue, page = 'docs/custom-target.md'): string {
  const field = issue.path.join('.');
  switch (issue.code) {
    case 'invalid_value':
      return `${field} must be ${listText(issue.values.map(String))}`;
    case 'unrecognized_keys':
      return `${field === '' ? 'it' : field} has no field ${listText(issue.keys)}; see ${page}`;
    case 'invalid_union':
      return `${field} must be ${listText(issue.errors.flatMap(([first]) => unionOption(first)))}`;
    case 'invalid_type':
      return issue.message.startsWith('Invalid')
        ? `${field} must be ${article(issue.expected)}`
        : `${field} ${issue.message}`;
    default:
      return `${field} ${issue.message}`;
  }
}

function unionOption(issue: z.core.$ZodIssue | undefined): readonly string[] {
  if (issue?.code === 'invalid_value') return issue.values.map(String);
  return issue?.code === 'invalid_type' ? [article(issue.expected)] : [];
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** `a, b, or c`. */
function listText(items: readonly string[]): string {
  const [last = '', ...others] = [...new Set(items)].reverse();
  if (others.length === 0) return last;
  return `${others.reverse().join(', ')}${others.length > 1 ? ',' : ''} or ${last}`;
}
