import { referenceCanister } from 'canister-upload-stress';
import { uploadStressSuite } from 'canister-upload-stress/vitest';

uploadStressSuite({ ...referenceCanister(), budgetMs: 5_000 });
