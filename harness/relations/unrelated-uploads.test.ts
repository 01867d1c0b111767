import { describe, expect, it } from 'vitest';
import type { Operation } from '../../model/operations.js';
import type { Schedule } from '../../model/schedule.js';
import { answering, type Answers } from '../testing/answering.js';
import { begun, done, failed, put, stats, counted, targetOf } from '../testing/history-builder.js';
import { begin, call, drain, schedule } from '../testing/schedules.js';
import { executionOf } from './execution.js';
import { unrelatedUploads } from './unrelated-uploads.js';

const target = targetOf({}, { uploads: 'independent' });

async function breachOf(operations: readonly Operation[], answers: Answers) {
  const base = schedule(operations.flatMap((operation) => [call(operation), drain]));
  const run = async (variant: Schedule) => answering(variant, answers);
  const execution = executionOf(base, await run(base), 100);
  return unrelatedUploads.check(execution, { target, run });
}

function isBegun(session: string, earlier: readonly Operation[]) {
  return earlier.some((operation) => operation.op === 'begin' && operation.session === session);
}

/** Refuses puts of upload A if one of these uploads was begun before. */
function refusing(...sessions: readonly string[]): Answers {
  return (operation, earlier) => {
    if (operation.op === 'begin') return begun(operation.session);
    if (operation.op === 'stats') return counted(earlier.length);
    const isRefused = 'session' in operation && operation.session === 'A';
    return isRefused && sessions.some((session) => isBegun(session, earlier)) ? failed('NotFound') : done;
  };
}

const two = [begin('A'), begin('B'), put('A', 0), put('B', 0)];
const four = [begin('A'), begin('B'), begin('C'), begin('D'), put('A', 0)];

describe('the independence of uploads', () => {
  it('is kept if every upload gets the same answers without the others', async () => {
    expect(await breachOf(two, refusing())).toBeUndefined();
  });

  it('is broken by one upload that changes the answer of another', async () => {
    expect(await breachOf(two, refusing('B'))).toMatchObject({
      difference: {
        base: { operation: put('A', 0) },
        baseKind: 'NotFound',
        variantKind: 'done',
      },
      words: {
        right: 'variant',
        rightText: 'without upload B',
        wrongText: 'with it',
        cause: 'beside another upload',
      },
    });
  });

  it('names several uploads if leaving one of them out changes nothing', async () => {
    expect((await breachOf(four, refusing('B', 'D')))?.words).toMatchObject({
      rightText: 'without uploads B, D',
      wrongText: 'with them',
    });
    expect((await breachOf(four, refusing('D')))?.words).toMatchObject({
      rightText: 'without upload D',
      wrongText: 'with it',
    });
  });

  it('is judged neither for one upload nor by statistics', async () => {
    expect(await breachOf([begin('A'), put('A', 0)], refusing('A'))).toBeUndefined();
    expect(await breachOf([...two, stats()], refusing())).toBeUndefined();
  });

  it('is judged without begins that a limit rejects', async () => {
    const limited: Answers = (operation, earlier) =>
      operation.op === 'begin' && earlier.filter(({ op }) => op === 'begin').length >= 2
        ? failed('ResourceExhausted')
        : refusing()(operation, earlier);
    expect(await breachOf([begin('A'), begin('B'), begin('C'), put('A', 0)], limited)).toBeUndefined();
  });
});
