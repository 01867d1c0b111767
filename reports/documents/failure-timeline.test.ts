import fc from 'fast-check';
import { uploadTarget } from '../../targets/upload.js';
import { describe, expect, it } from 'vitest';
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

describe('the failure timeline', () => {
  it('marks the first wrong event and records the sessions before it', () => {
    const { timeline } = timelineOfRun(outOfOrder, 'hash-in-arrival-order');
    const wrong = timeline.events.find(({ index }) => index === timeline.firstWrong);
    expect(wrong).toMatchObject({ type: 'fail', operation: 'finish A', outcome: 'ChecksumMismatch' });
    expect(timeline.sessions).toMatchObject([
      { labels: ['A'], chunksReceived: 2, bytes: 150, missing: 'nothing' },
    ]);
  });

  it('has no wrong event for a valid schedule', () => {
    const { timeline } = timelineOfRun(interleavedSchedule);
    expect(timeline).toMatchObject({ firstWrong: null, isFailing: false });
  });

  it('contains the text of a reject', () => {
    const { history } = new HistoryBuilder().call(begin('A'), begun('1')).call(put('A', 0), trapped);
    const timeline = failureTimelineOf(
      { schedule: outOfOrder },
      {
        history,
        violation: undefined,
        isSameTrace: true,
        target: { ...uploadTarget, defaultChunkSize: 100 },
      },
    );
    const [reject] = timeline.events.filter(({ isReject }) => isReject);
    expect(reject!.text).toContain(trapped.kind === 'rejected' ? trapped.text : '');
  });

  it('keeps the events around the first wrong one and clips long texts', () => {
    const builder = new HistoryBuilder().call(begin('A'), begun('1'));
    for (let i = 0; i < 2_000; i++) builder.call(put('A', i % 3), done);
    const { history } = builder;
    const violation = { event: 3_000 };
    const events = history.events.map((event) =>
      event.index === 3_001 ? { ...event, type: 'log' as const, text: 'x'.repeat(1e6) } : event,
    );
    const timeline = failureTimelineOf(
      { schedule: outOfOrder },
      {
        history: { ...history, events },
        violation,
        isSameTrace: true,
        target: { ...uploadTarget, defaultChunkSize: 100 },
      },
    );
    expect(timeline.eventsTotal).toBe(6_003);
    expect(timeline.events.some(({ index }) => index === 3_000)).toBe(true);
    expect(JSON.stringify(timeline).length).toBeLessThan(150_000);
  });

  it('satisfies its schema for every schedule', () => {
    fc.assert(
      fc.property(scheduleArbitrary, (drawn) => {
        const { timeline } = timelineOfRun(drawn, 'hash-in-arrival-order');
        expect(failureTimelineSchema.parse(timeline)).toEqual(timeline);
      }),
      { numRuns: 60 },
    );
  });
});
