/** Starts a server on a free port that ends with the test. */
import { onTestFinished } from 'vitest';
import type { InstanceBackend } from '../backend.js';
import type { CreateBackend } from '../instances.js';
import { serve, type RunningServer, type ServeOptions } from '../serve.js';

export async function startServer(
  backend: InstanceBackend | CreateBackend,
  options: Partial<ServeOptions> = {},
): Promise<RunningServer> {
  const createBackend = typeof backend === 'function' ? backend : () => Promise.resolve(backend);
  const server = await serve({ createBackend, ...options });
  if (!server) throw new Error('the port file exists');
  onTestFinished(() => server.stop());
  return server;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

export type Send = (
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers?: Record<string, string>,
) => Promise<Answer>;

export function sendTo(url: string): Send {
  return async (method, path, body, headers = { 'content-type': 'application/json' }) => {
    const response = await fetch(url + path, { method, headers, body: body ?? null });
    return {
      status: response.status,
      contentType: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
}

export const CREATE_INSTANCE = JSON.stringify({
  subnet_config_set: {
    system: [],
    application: [{ dts_flag: 'Enabled', instruction_config: 'Production', state_config: 'New' }],
    verified_application: [],
  },
});
