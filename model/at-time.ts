/** What time alone does to a session: it expires, its record goes. Judged on the instant, whether or not a cleanup ran. */
import { type LimitsInForce, type SessionRecord, type TimeSpan, isExpirable } from './state.js';

/** What the session can be at `time`: one record, or several where `time` is a span in which it may have changed. */
export function atTime(
  session: SessionRecord,
  limits: LimitsInForce,
  time: TimeSpan,
): readonly SessionRecord[] {
  if (session.isGone) return [session];
  if (session.ended !== undefined) {
    if (time.to < session.ended.from + limits.recordTtlNs) return [session];
    const gone = { ...session, isGone: true };
    return time.from >= session.ended.to + limits.recordTtlNs ? [gone] : [session, gone];
  }
  const { updated } = session;
  if (!isExpirable(session.state) || time.to < updated.from + limits.sessionTtlNs) return [session];
  const ended = { from: updated.from + limits.sessionTtlNs, to: updated.to + limits.sessionTtlNs };
  const expired = atTime({ ...session, state: 'Failed', ended }, limits, time);
  return time.from >= ended.to ? expired : [session, ...expired];
}
