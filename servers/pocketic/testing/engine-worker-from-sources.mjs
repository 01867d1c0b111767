/** `engine-worker.ts` without a build: a thread does not inherit the loader of its parent. */
import { register } from 'tsx/esm/api';

register();
await import('../engine-worker.ts');
