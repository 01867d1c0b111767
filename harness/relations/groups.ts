/** Groups of uploads that may affect each other even if uploads are independent, such as those under one key. */
import type { CallRecord } from '../history/calls.js';
import type { JudgedTarget } from '../judgement/applicable-rules.js';
import { isAccepted, recordsOf, type Execution } from './execution.js';

export interface Group {
  /** Labels of its uploads. */
  readonly labels: readonly string[];
  /** Numbers of its calls. */
  readonly calls: readonly number[];
}

/** Without calls that are about no upload, such as `list`. */
export function groupsOf(base: Execution, target: JudgedTarget): readonly Group[] {
  const groupOf = new Map<string, Set<CallRecord>>();
  const unite = (names: readonly string[], records: readonly CallRecord[]) => {
    const united = new Set(records);
    for (const name of names) for (const record of groupOf.get(name) ?? []) united.add(record);
    const members = new Set(names);
    for (const [name, group] of groupOf)
      if ([...group].some((record) => united.has(record))) members.add(name);
    for (const name of members) groupOf.set(name, united);
  };
  for (const record of recordsOf(base)) unite(namesOf(record, base, target), [record]);
  return [...new Set(groupOf.values())].flatMap((records) => {
    const begins = [...records].filter((record) => record.operation.op === 'begin' && isAccepted(record));
    const labels = new Set(
      begins.flatMap(({ operation }) => ('session' in operation ? operation.session : [])),
    );
    if (labels.size === 0) return [];
    return [{ labels: [...labels], calls: [...records].map(({ call }) => call) }];
  });
}

/** What the call is about. Calls that share one of the names are not independent. */
function namesOf(
  record: CallRecord,
  { schedule }: Execution,
  { shape, promises }: JudgedTarget,
): readonly string[] {
  const { operation, result, request } = record;
  if (operation.op === 'begin') {
    if (result?.kind !== 'begun') return [];
    const file = schedule.files[operation.file]?.name ?? '';
    const isByKey = shape.session === 'key';
    const isByName = shape.session === 'name';
    const sharesPlace = promises.overwriting === 'replaces' || promises.overwriting === 'rejected';
    const hasOwnKeys = shape.session !== 'server' && shape.keySpace === 'caller';
    const by = hasOwnKeys || !(isByKey || sharesPlace) ? String(request?.by) : '';
    // Not the id: a canister that gives one session to two callers must not hide it.
    return [
      `label ${operation.session}`,
      `key ${by} ${operation.key}`,
      ...(isByName || sharesPlace ? [`name ${hasOwnKeys ? by : ''} ${file}`] : []),
    ];
  }
  if (operation.op === 'memory')
    return [
      `label ${operation.memory}`,
      ...operation.assets.flatMap((asset) => ('blobOf' in asset ? [`label ${asset.blobOf}`] : [])),
    ];
  if ('memory' in operation) return [`label ${operation.memory}`];
  return 'session' in operation ? [`label ${operation.session}`] : [];
}
