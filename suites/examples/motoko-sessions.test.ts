import target from '../../examples/motoko-sessions/target.js';
import { testCampaigns } from './testing/campaign-suite.js';

testCampaigns({
  example: 'motoko-sessions',
  subject: 'sessions in Motoko',
  target,
  runs: 15,
  operations: ['abort', 'begin', 'finish', 'put', 'read', 'status'],
  faults: [
    ['published-twice', 'one-file-per-upload'],
    ['hash-state-shared', 'upload-succeeds'],
    ['counted-before-checked', 'upload-succeeds'],
    ['upgrade-traps-on-cancelled', 'upgrades-succeed'],
  ],
});
