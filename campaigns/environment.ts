/** The machine that a command runs on, for its report, because wall times depend on it. */
import { cpus, loadavg } from 'node:os';
import type { Environment } from '../reports/documents/schema-parts.js';

export function environmentNow(): Environment {
  const [loadAverage = 0] = loadavg();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: cpus().length,
    loadAverage,
  };
}
