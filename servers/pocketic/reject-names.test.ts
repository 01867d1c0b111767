import { describe, expect, it } from 'vitest';
import { ERROR } from '../../replicas/embedded/errors.js';
import { rejectFromWire } from '../../replicas/pocketic/error-codes.js';
import type { Reject, RejectCode } from '../../replicas/replica.js';
import { rejectToWire } from './reject-names.js';

describe('the names of codes', () => {
  it.each(Object.entries(ERROR))('%s is read by the driver as it was meant', (_name, number) => {
    const reject: Reject = {
      kind: 'reject',
      code: Math.floor(number / 100) as RejectCode,
      errorCode: `IC${String(number).padStart(4, '0')}`,
      text: 'why',
    };
    const wire = rejectToWire(reject, true);
    expect(wire.error_code).not.toMatch(/^IC/);
    expect(rejectFromWire(wire)).toEqual(reject);
  });

  it('a code without a name goes out as it is', () => {
    const reject: Reject = { kind: 'reject', code: 1, errorCode: 'IC0199', text: '' };
    expect(rejectToWire(reject, false)).toMatchObject({
      reject_code: 'SysFatal',
      error_code: 'IC0199',
      certified: false,
    });
  });
});
