/** Stops the canister and starts it again while calls are in flight. */
import type { MessageId, Outcome, PrincipalText, Replica } from '../../replicas/replica.js';
import type { Recorder } from './recorder.js';

export interface RestartOptions {
  readonly replica: Replica;
  readonly canister: PrincipalText;
  /** Its name in the schedule; absent: the canister under test. */
  readonly name?: string | undefined;
  readonly recorder: Recorder;
  /** Delivers the messages in flight and returns the outcome of the stop; `undefined` if the canister never stops. */
  readonly settle: (stop: MessageId) => Promise<Outcome | undefined>;
}

/**
 * A stopping canister accepts no calls, also not its own, and stops once the calls that it has begun have returned. Its memory is
 * unchanged. The texts of failures are part of the trace, so they never change.
 */
export async function restart({ replica, canister, name, recorder, settle }: RestartOptions): Promise<void> {
  const which = name === undefined ? {} : { canister: name };
  const submission = await replica.stop(canister);
  await recorder.refreshTime();
  recorder.record({ type: 'stopping', ...which });
  const stopped = submission.kind === 'refused' ? submission.reject : await settle(submission.id);
  const started = await replica.start(canister);
  await recorder.refreshTime();
  const failures = [
    ...(stopped === undefined ? ['it does not stop: calls that it has begun are never answered'] : []),
    ...[stopped, started].flatMap((outcome) =>
      outcome?.kind === 'reject' ? [`${outcome.errorCode} ${outcome.text}`] : [],
    ),
  ];
  recorder.record({ type: 'restarted', failure: failures[0], ...which });
}
