/** What time alone does to a session: it expires, its record goes. Judged on the instant, whether or not a cleanup ran. */
import type { TimeSpan } from './spans.js';
import { type SessionRecord, isExpirable } from './state.js';

/** What the session can be at `time`: one record, or several where `time` is a span in which it may have changed. */
export function atTime(session: SessionRecord, time: TimeSpan): readonly SessionRecord[] {
  if (session.isGone) return [session];
  if (session.ended !== undefined) {
    if (time.to < session.ended.from + session.recordTtlNs) return [session];
    const gone = { ...session, isGone: true };
    return time.from >= session.ended.to + session.recordTtlNs ? [gone] : [session, gone];
  }
  const { updated, sessionTtlNs } = session;
  if (!isExpirable(session.state) || time.to < updated.from + sessionTtlNs) return [session];
  const ended = { from: updated.from + sessionTtlNs, to: updated.to + sessionTtlNs };
  const expired = atTime({ ...session, state: 'Failed', ended }, time);
  return time.from >= ended.to ? expired : [session, ...expired];
}
