/**
 * Lists, for each trace, the exchanges that the engine does not answer as recorded, each with its class. A listed exchange that is
 * answered as recorded fails the test, so that the lists stay current.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.js';
import { DIFFERENCE_CLASSES, type DifferenceClass } from './difference-classes.js';

const FOLDER = join(PACKAGE_ROOT, 'conformance', 'expected-differences');

const fileOf = (trace: string): string => join(FOLDER, `${trace}.txt`);

/** Position in the trace → class. */
export type ExpectedDifferences = ReadonlyMap<number, DifferenceClass>;

/** Reads a list: one line `POSITION CLASS` per exchange. A trace without a file has no differences. */
export function readExpectedDifferences(trace: string): ExpectedDifferences {
  if (!existsSync(fileOf(trace))) return new Map();
  const lines = readFileSync(fileOf(trace), 'utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => parseLine(line, trace)));
}

function parseLine(line: string, trace: string): [number, DifferenceClass] {
  const [, position, name] = /^(\d+) ([a-z-]+)$/.exec(line) ?? [];
  if (position === undefined || name === undefined || !isDifferenceClass(name))
    throw new Error(`expected-differences/${trace}.txt: expected "POSITION CLASS" instead of "${line}"`);
  return [Number(position), name];
}

export function isDifferenceClass(name: string): name is DifferenceClass {
  return Object.hasOwn(DIFFERENCE_CLASSES, name);
}

export function writeExpectedDifferences(trace: string, expected: ExpectedDifferences): void {
  const sorted = [...expected].sort(([a], [b]) => a - b);
  writeFileSync(fileOf(trace), sorted.map(([position, name]) => `${position} ${name}\n`).join(''));
}
