import target from '../../examples/rust-tus/target.js';
import { testCampaigns } from './testing/campaign-suite.js';

testCampaigns({
  example: 'rust-tus',
  subject: 'resumable uploads in Rust',
  target,
  runs: 30,
  operations: ['abort', 'begin', 'list', 'put', 'read', 'status'],
  faults: [
    ['empty-upload-never-completes', 'upload-succeeds'],
    ['full-last-block-dropped', 'stored-hash'],
    ['retried-append-is-stored', 'wrong-calls-are-refused'],
  ],
});
