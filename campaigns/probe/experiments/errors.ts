/** How the canister reports errors. */
import type { Experiment } from '../experiment.js';

export const errorStyle: Experiment = {
  name: 'error-style',
  tried:
    'Calls that most canisters reject: a put beyond the end, an early finish, a late put, calls of a stranger.',
  async run(lab) {
    const { operations, shape } = lab.target;
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    const calls = [script.put(upload, 9), script.put(upload, 0, { by: 1 })];
    if (shape.finish !== 'implied')
      calls.push(script.finish(upload, { by: 1 }), script.finish(upload, { hash: 'flipped' }));
    script.complete(upload);
    calls.push(script.put(upload, 0, { data: { kind: 'flipped', at: 7 } }));
    if (operations.has('abort')) calls.push(script.abort(upload, { by: 1 }));
    const transcript = await lab.run(script);
    const results = calls.map((call) => transcript.answer(call).result);
    const replies = results.filter((result) => result?.kind === 'error').length;
    const traps = results.filter((result) => result?.kind === 'rejected').length;
    const unread = results.filter((result) => result?.kind === 'undecodable').length;
    if (unread > 0)
      return {
        observed: `the target cannot decode ${unread} of ${results.length} answers`,
        suggests: { field: 'errors', value: undefined },
      };
    if (replies + traps === 0) return { observed: 'no call is rejected' };
    return {
      observed: `${replies} calls are rejected with a reply, ${traps} with a trap`,
      suggests: { field: 'errors', value: traps > 0 ? 'traps' : 'replies' },
    };
  },
};

export const statusDuringUpload: Experiment = {
  name: 'status-during-upload',
  tried: 'The owner asks for the status after one of three chunks.',
  lacks: ({ operations }) => (operations.has('status') ? undefined : 'the interface has no status'),
  async run(lab) {
    const script = lab.script();
    const upload = script.begin(lab.threeChunks('a.bin'));
    script.put(upload, 0);
    const status = script.status(upload);
    const transcript = await lab.run(script);
    const answer = transcript.answer(status);
    const { result } = answer;
    if (result?.kind !== 'status') return { observed: `the status is rejected: ${answer.text}` };
    const { bytesReceived, chunksReceived } = result;
    const isWrong =
      (chunksReceived !== undefined && chunksReceived !== 1) ||
      (bytesReceived !== undefined && bytesReceived !== String(lab.chunkSize));
    return { observed: answer.text, isDangerous: isWrong };
  },
};
