import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HistoryBuilder, begin, begun, done, put, trapped } from '../../harness/testing/history-builder.js';
import { scheduleArbitrary } from '../../harness/testing/schedule-arbitrary.js';
import {
  begin as beginStep,
  call,
  file,
  finish,
  put as putStep,
  schedule,
} from '../../harness/testing/schedules.js';
import { failureTimelineOf, failureTimelineSchema } from './failure-timeline.js';
import { timelineOfRun, interleavedSchedule } from '../testing/sample-finding.js';

const outOfOrder = schedule(
  [call(beginStep('A')), call(putStep('A', 1)), call(putStep('A', 0)), call(finish('A'))],
  { files: [file(150)] },
);

describe('the course of a finding', () => {
  test('names the first wrong event and what the sessions were before it', () => {
    const { course } = timelineOfRun(outOfOrder, 'hash-in-arrival-order');
    const wrong = course.events.find(({ index }) => index === course.firstWrong);
    expect(wrong).toMatchObject({ type: 'fail', operation: 'finish A', outcome: 'ChecksumMismatch' });
    expect(course.sessions).toMatchObject([
      { labels: ['A'], chunksReceived: 2, bytes: 150, missing: 'nothing' },
    ]);
  });

  test('a schedule that holds has a course as well, with no wrong event', () => {
    const { course } = timelineOfRun(interleavedSchedule);
    expect(course).toMatchObject({ firstWrong: null, isFailing: false });
  });

  test('keeps the text of a reject', () => {
    const { history } = new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 0), trapped);
    const course = failureTimelineOf(
      { schedule: outOfOrder },
      { history, violation: undefined, isSameTrace: true, target: { defaultChunkSize: 100 } },
    );
    const [reject] = course.events.filter(({ isReject }) => isReject);
    expect(reject!.text).toContain(trapped.kind === 'rejected' ? trapped.text : '');
  });

  test('of thousands of events those around the first wrong one are kept, and texts are cut', () => {
    const builder = new HistoryBuilder().call(begin('A'), begun('1'));
    for (let i = 0; i < 2_000; i++) builder.call(put('A', i % 3), done);
    const { history } = builder;
    const violation = { checker: 'outcome', rule: '', event: 3_000, expected: '', seen: '' };
    const events = history.events.map((event) =>
      event.index === 3_001 ? { ...event, type: 'log' as const, text: 'x'.repeat(1e6) } : event,
    );
    const course = failureTimelineOf(
      { schedule: outOfOrder },
      {
        history: { ...history, events: events },
        violation,
        isSameTrace: true,
        target: { defaultChunkSize: 100 },
      },
    );
    expect(course.eventsTotal).toBe(6_003);
    expect(course.events.some(({ index }) => index === 3_000)).toBe(true);
    expect(JSON.stringify(course).length).toBeLessThan(150_000);
  });

  test('fits its schema for every schedule', () => {
    fc.assert(
      fc.property(scheduleArbitrary, (drawn) => {
        const { course } = timelineOfRun(drawn, 'hash-in-arrival-order');
        expect(failureTimelineSchema.parse(course)).toEqual(course);
      }),
      { numRuns: 60 },
    );
  });
});
