import { describe, expect, it } from 'vitest';
import type { Schedule, Step } from '../../model/schedule.js';
import { proposalsOf } from '../testing/proposals.js';
import { begin, call, drain, file, finish, put, schedule, wholeUpload } from '../testing/schedules.js';
import { fewerChunks, largerChunks, shrinkChunkSize } from './chunk-passes.js';

/** The puts of a schedule as text: `A0 A1`. */
function putsOf({ steps }: Schedule): string {
  return steps
    .flatMap((step) =>
      step.do === 'call' && step.operation.op === 'put'
        ? [`${step.operation.session}${step.operation.index}`]
        : [],
    )
    .join(' ');
}

function lengthsOf({ files }: Schedule): readonly number[] {
  return files.map(({ bytes }) => bytes);
}

/** One put of each chunk. */
function puts(session: string, chunks: number): readonly Step[] {
  return Array.from({ length: chunks }, (_, index) => call(put(session, index)));
}

const withoutChunkSize = schedule(wholeUpload, { limits: { hashBytesPerCall: 64 } });

describe('the pass that leaves chunks out', () => {
  it('proposes all chunks but one, then each chunk, with every put of it', async () => {
    const proposals = await proposalsOf(fewerChunks, schedule(wholeUpload));
    expect(proposals.map((each) => [putsOf(each), ...lengthsOf(each)])).toEqual([
      ['A0', 90],
      ['A0 A1', 190],
      ['A0 A1', 190],
      ['A0 A1', 190],
    ]);
    const kept = wholeUpload.filter((step) => !(step.do === 'call' && step.operation.op === 'put'));
    for (const { steps, limits } of proposals) {
      expect(steps.filter((step) => !(step.do === 'call' && step.operation.op === 'put'))).toEqual(kept);
      expect(limits).toEqual(schedule([]).limits);
    }
  });

  it('moves later chunks up', async () => {
    const steps = [call(begin('A')), call(put('A', 2)), call(put('A', 0)), call(put('A', 1))];
    const proposals = await proposalsOf(fewerChunks, schedule(steps));
    expect(proposals.map(putsOf)).toEqual(['A0', 'A1 A0', 'A1 A0', 'A0 A1']);
  });

  it('leaves chunks of all files out, then of each file', async () => {
    const steps = [call(begin('A')), call(begin('B', 1)), ...puts('A', 2), ...puts('B', 2)];
    const two = schedule(steps, { files: [file(200), file(150)] });
    const proposals = await proposalsOf(fewerChunks, two);
    expect(proposals.map((each) => [putsOf(each), ...lengthsOf(each)])).toEqual([
      ['A0 B0', 100, 50],
      ['A0 B0', 100, 50],
      ['A0 B0', 100, 50],
      ['A0 B0 B1', 100, 150],
      ['A0 B0 B1', 100, 150],
      ['A0 B0 B1', 100, 150],
      ['A0 A1 B0', 200, 50],
      ['A0 A1 B0', 200, 50],
      ['A0 A1 B0', 200, 50],
    ]);
  });

  it('repeats as long as a proposal fails', async () => {
    const long = schedule([call(begin('A')), ...puts('A', 5)], { files: [file(500)] });
    const failing = await proposalsOf(fewerChunks, long, (proposal) => putsOf(proposal).includes('A2'));
    expect(failing.map(putsOf)).toEqual([
      'A0',
      'A0 A1 A2 A3',
      'A0',
      'A0 A1 A2',
      'A0',
      'A0 A1',
      'A0 A1',
      'A0 A1',
    ]);
  });

  it('never makes a file shorter than nothing', async () => {
    const proposals = await proposalsOf(
      fewerChunks,
      schedule([call(begin('A')), ...puts('A', 1)], { files: [file(50)] }),
    );
    expect(proposals.map((each) => [putsOf(each), ...lengthsOf(each)])).toEqual([['', 0]]);
  });

  it('proposes nothing where the target chooses the chunk size', async () => {
    expect(await proposalsOf(fewerChunks, withoutChunkSize)).toEqual([]);
  });
});

describe('the pass that makes chunks larger', () => {
  it('proposes all chunks in one, then half of them, down to two in one', async () => {
    const five = schedule([call(begin('A')), ...puts('A', 5), call(finish('A')), drain], {
      files: [file(450)],
    });
    const proposals = await proposalsOf(largerChunks, five);
    expect(proposals.map((each) => [putsOf(each), each.limits.chunkSize, ...lengthsOf(each)])).toEqual([
      ['A0', 500, 450],
      ['A0 A1', 300, 450],
      ['A0 A1 A2', 200, 450],
    ]);
    for (const { steps } of proposals) expect(steps.slice(-2)).toEqual([call(finish('A')), drain]);
  });

  it('ends with the first proposal that fails', async () => {
    const four = schedule([call(begin('A')), ...puts('A', 4)], { files: [file(400)] });
    const proposals = await proposalsOf(largerChunks, four, ({ limits }) => limits.chunkSize === 400);
    expect(proposals.map(putsOf)).toEqual(['A0']);
  });

  it('proposes nothing for files of one chunk, and where the target chooses the chunk size', async () => {
    const one = schedule([call(begin('A')), ...puts('A', 1)], { files: [file(100)] });
    expect(await proposalsOf(largerChunks, one)).toEqual([]);
    expect(await proposalsOf(largerChunks, withoutChunkSize)).toEqual([]);
  });
});

describe('the pass that makes chunks smaller', () => {
  it('proposes smaller chunks, and files with as many chunks as before', async () => {
    const files = [file(290), file(203), file(0)];
    const proposals = await proposalsOf(shrinkChunkSize, schedule(wholeUpload, { files }));
    expect(proposals.map((each) => [each.limits.chunkSize, ...lengthsOf(each)])).toEqual([
      [1, 3, 3, 0],
      [2, 6, 6, 0],
      [8, 24, 19, 0],
      [16, 48, 35, 0],
      [64, 192, 131, 0],
    ]);
    for (const { steps } of proposals) expect(steps).toBe(wholeUpload);
  });

  it('proposes only sizes below the present one, and ends with the first that fails', async () => {
    const small = schedule(wholeUpload, { limits: { chunkSize: 8 }, files: [file(20)] });
    const sizesOf = (proposals: readonly Schedule[]) => proposals.map(({ limits }) => limits.chunkSize);
    expect(sizesOf(await proposalsOf(shrinkChunkSize, small))).toEqual([1, 2]);
    expect(sizesOf(await proposalsOf(shrinkChunkSize, small, () => true))).toEqual([1]);
    expect(await proposalsOf(shrinkChunkSize, withoutChunkSize)).toEqual([]);
  });
});
