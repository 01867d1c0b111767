/** A backend that logs each call: method, sizes, caller, outcome, and duration. */
import type { Call, MessageId, Outcome } from '../../replicas/replica.js';
import type { IcBackend } from './backend.js';

/** Receives lines such as `update uploads_begin 318 B from 2vxsx-fae: replied 12 B in 4.1 ms`. */
export type CallLog = (line: string) => void;

function outcomeText(outcome: Outcome): string {
  return outcome.kind === 'reply'
    ? `replied ${outcome.bytes.length} B`
    : `rejected ${outcome.code} ${outcome.errorCode}: ${outcome.text.replace(/\s*\n\s*/g, ' ')}`;
}

function callText(kind: 'update' | 'query', { method, arg, caller }: Call): string {
  return `${kind} ${method} ${arg.length} B from ${caller}`;
}

export function withCallLog(backend: IcBackend, log: CallLog): IcBackend {
  const open = new Map<MessageId, { readonly text: string; readonly begun: number }>();
  const took = (begun: number): string => `${(performance.now() - begun).toFixed(1)} ms`;
  return {
    subnet: backend.subnet,
    round: (timeNs) => backend.round(timeNs),
    canisters: () => backend.canisters(),
    metrics: () => backend.metrics(),

    async submit(call) {
      const text = callText('update', call);
      const begun = performance.now();
      const submission = await backend.submit(call);
      if (submission.kind === 'accepted') open.set(submission.id, { text, begun });
      else log(`${text}: refused, ${outcomeText(submission.reject)}`);
      return submission;
    },

    async status(id) {
      const status = await backend.status(id);
      const call = open.get(id);
      if (call !== undefined && typeof status !== 'string') {
        open.delete(id);
        log(`${call.text}: ${outcomeText(status)} in ${took(call.begun)}`);
      }
      return status;
    },

    async query(call, dataCertificate) {
      const begun = performance.now();
      const outcome = await backend.query(call, dataCertificate);
      log(`${callText('query', call)}: ${outcomeText(outcome)} in ${took(begun)}`);
      return outcome;
    },
  };
}
