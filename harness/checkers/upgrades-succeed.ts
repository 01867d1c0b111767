/** An upgrade, and a stop and a start, succeed at any point in the history. Uses no model. */
import type { Checker } from '../evidence/evidence.js';
import { RULES } from '../evidence/rules.js';
import { failedChange } from './survives-upgrade.js';

export const upgradesSucceed: Checker = {
  name: 'upgrades-succeed',
  check: (evidence) => failedChange(evidence, RULES.upgradesSucceed, RULES.upgradesSucceed),
};
