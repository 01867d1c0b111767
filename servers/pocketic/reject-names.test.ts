import { describe, expect, it } from 'vitest';
import { ERROR } from '../../replicas/embedded/errors.js';
import { rejectFromWire } from '../../replicas/pocketic/error-codes.js';
import type { Reject, RejectCode } from '../../replicas/replica.js';
import { rejectToWire } from './reject-names.js';

describe('the name of an error code', () => {
  it.each(Object.entries(ERROR))('is decoded by the driver to the same code: %s', (_name, number) => {
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

  it('is the code itself if the code has no name', () => {
    const reject: Reject = { kind: 'reject', code: 1, errorCode: 'IC0199', text: '' };
    expect(rejectToWire(reject, false)).toMatchObject({
      reject_code: 'SysFatal',
      error_code: 'IC0199',
      certified: false,
    });
  });
});
