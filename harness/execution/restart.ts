/** Stops the canister and starts it again, in the middle of whatever is going on. */
import type { MessageId, Outcome, PrincipalText, Replica } from '../../replicas/replica.js';
import type { Recorder } from './recorder.js';

export interface RestartOptions {
  readonly replica: Replica;
  readonly canister: PrincipalText;
  readonly recorder: Recorder;
  /** Delivers what is in flight, and answers the outcome of the stop; undefined if it never comes. */
  readonly settle: (stop: MessageId) => Promise<Outcome | undefined>;
}

/**
 * A canister that stops takes no calls any more and comes to rest once the calls that it has begun are answered; what these need of
 * itself is refused as well. Its memory stays as it is.
 */
export async function restart({ replica, canister, recorder, settle }: RestartOptions): Promise<void> {
  const submission = await replica.stop(canister);
  await recorder.refreshTime();
  recorder.record({ type: 'stopping' });
  const stopped = submission.kind === 'refused' ? submission.reject : await settle(submission.id);
  const started = await replica.start(canister);
  await recorder.refreshTime();
  const failures = [
    ...(stopped === undefined ? ['it does not stop: calls that it has begun are never answered'] : []),
    ...[stopped, started].flatMap((outcome) =>
      outcome?.kind === 'reject' ? [`${outcome.errorCode} ${outcome.text}`] : [],
    ),
  ];
  recorder.record({ type: 'restarted', failure: failures[0] });
}
