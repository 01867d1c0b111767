/** The effect of time on a session: it expires, and later its record is removed. Both happen at an instant, with or without a cleanup. */
import type { TimeSpan } from './spans.js';
import { type SessionRecord, isExpirable } from './state.js';

/** The records that the session may have at `time`: several if it may have changed within that span. */
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
