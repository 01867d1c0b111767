/** The exit code of each verdict of the gate. */
import type { GateVerdict } from '../reports/documents/gate-report.js';
import { EXIT } from './exit-codes.js';

export const GATE_EXIT: Readonly<Record<GateVerdict, number>> = {
  held: EXIT.ok,
  violated: EXIT.violated,
  regression: EXIT.regression,
  untested: EXIT.statesMissing,
  incomplete: EXIT.couldNotRun,
  interrupted: EXIT.interrupted,
};
