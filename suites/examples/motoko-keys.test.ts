import target from '../../examples/motoko-keys/target.js';
import { testCampaigns } from './testing/campaign-suite.js';

testCampaigns({
  example: 'motoko-keys',
  subject: 'keys in Motoko',
  target,
  runs: 25,
  // A begin is no call: it gives the upload its key.
  operations: ['abort', 'begin', 'put', 'read'],
  faults: [
    ['empty-put-completes-nothing', 'upload-succeeds'],
    ['parts-of-older-version', 'upload-succeeds'],
    ['retry-counts-twice', 'repetition'],
  ],
});
