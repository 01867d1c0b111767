import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../generators/profile.js';
import { scheduleFor } from '../../generators/schedule-for.js';
import { abilitiesOf } from '../../campaigns/campaign/abilities.js';
import { ScheduleRunner } from '../execution/schedule-runner.js';
import { FakeReplica, fakeTarget } from '../testing/fake-replica.js';
import { publishedSchemas } from '../testing/publish-schemas.js';
import { historySchema } from './history.js';

describe('the schema of histories', () => {
  it('accepts the history of every generated schedule', async () => {
    const replica = new FakeReplica();
    const runner = new ScheduleRunner({ replica, target: fakeTarget, wasm: new Uint8Array() });
    const abilities = abilitiesOf(fakeTarget, runner);
    for (let run = 0; run < 30; run++) {
      const history = await runner.run(scheduleFor(PROFILES.default, 5, run, abilities));
      const plain: unknown = JSON.parse(JSON.stringify(history));
      expect(historySchema.parse(plain)).toEqual(plain);
    }
  });

  it.each(publishedSchemas)('is up to date in $path', ({ path, schema }) => {
    const published: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(published, 'run npm run schemas').toEqual(schema);
  });
});
