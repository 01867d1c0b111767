/** One instance on a server of its own, and the bodies that tests send to it. */
import type { InstanceBackend } from '../backend.js';
import { createFakeBackend } from './fake-backend.js';
import { CREATE_INSTANCE, sendTo, startServer, type Send } from './start-server.js';

/** `CANISTER` of the fake backend, in base64. */
export const CANISTER_BASE64 = '///////gAAABAQ==';
export const ABSENT_BASE64 = '///////gAAEBAQ==';
export const SUBNET_BASE64 = 'RzrLieVwKAylUr6eCeuULr8kVEHDq3RLwU/cOgI=';

/** Instance 0, over a fake backend. */
export async function createInstance(methods: Partial<InstanceBackend> = {}): Promise<Send> {
  const { url } = await startServer(createFakeBackend(methods));
  const send = sendTo(url);
  const { status, text } = await send('POST', '/instances', CREATE_INSTANCE);
  if (status !== 201) throw new Error(text);
  return send;
}

/** An error of an operation, as a body. */
export function message(text: string): string {
  return JSON.stringify({ message: text });
}

/** A well-formed call, but for what `more` says. */
export function callBody(more: object = {}): string {
  return JSON.stringify({
    sender: 'BA==',
    canister_id: CANISTER_BASE64,
    method: 'm',
    payload: '',
    effective_principal: 'None',
    ...more,
  });
}
