/** What `campaign` refuses before it reaches a server. `campaigns/cluster/cluster.test.ts` has the tests with one. */
import { describe, expect } from 'vitest';
import { commandInProcess, expectRefusal, it } from './testing/command.js';

const ID = 'a'.repeat(64);
/** Nothing listens on port 1. */
const NOWHERE = 'redis://user:top-secret@127.0.0.1:1';

async function campaign(...args: readonly string[]) {
  return commandInProcess(['campaign', ...args], { REDIS_URL: '' });
}

describe('campaign', () => {
  it('refuses a missing or unusable URL of the server with one line', async () => {
    expectRefusal(
      await campaign('status'),
      /^upload-stress: no server is named; set the variable REDIS_URL or pass --redis/,
    );
    for (const url of ['127.0.0.1:6390', 'http://127.0.0.1', 'redis://'])
      expectRefusal(
        await campaign('status', '--redis', url),
        /must start with redis:\/\/ or rediss:\/\/ and name a host$/,
      );
  });

  it('states that nothing listens, without the password', async () => {
    for (const args of [['status'], ['work', ID], ['report', ID], ['remove', ID]]) {
      const refused = await campaign(...args, '--redis', NOWHERE);
      expectRefusal(
        refused,
        /^upload-stress: server redis:\/\/127\.0\.0\.1:1: nothing listens there; start the server/,
      );
      expect(refused.stderr).not.toContain('top-secret');
    }
  });

  it('refuses what is not the id of a campaign', async () => {
    for (const name of ['work', 'status', 'report', 'remove'])
      expectRefusal(
        await campaign(name, 'abc', '--redis', NOWHERE),
        /^upload-stress: "abc" is not the id of a campaign/,
      );
    expectRefusal(await campaign('work'), /missing required argument 'id'/);
  });

  it('refuses a service, which cannot travel to other machines', async () => {
    expectRefusal(
      await campaign('start', '--target', 'http://127.0.0.1:1/', '--redis', NOWHERE),
      /^upload-stress: /,
    );
  });
});
