import target from '../../examples/index-and-buckets/target.js';
import { testCampaigns } from './testing/campaign-suite.js';

testCampaigns({
  example: 'index-and-buckets',
  subject: 'an index with buckets in Rust',
  target,
  runs: 15,
  operations: ['abort', 'begin', 'finish', 'listFiles', 'put', 'read', 'status', 'usage'],
  faults: [
    ['put-by-anyone', 'strangers-are-refused'],
    ['reject-as-success', 'listing-is-true'],
  ],
});
