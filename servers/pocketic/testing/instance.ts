/** Creates an instance on its own server, and the bodies that tests send to it. */
import type { InstanceBackend } from '../backend.js';
import { createFakeBackend } from './fake-backend.js';
import { CREATE_INSTANCE, sendTo, startServer, type Send } from './start-server.js';

/** `CANISTER` of the fake backend in base64. */
export const CANISTER_BASE64 = '///////gAAABAQ==';
export const ABSENT_BASE64 = '///////gAAEBAQ==';
export const SUBNET_BASE64 = 'RzrLieVwKAylUr6eCeuULr8kVEHDq3RLwU/cOgI=';

/** Creates instance 0 with a fake backend. */
export async function createInstance(methods: Partial<InstanceBackend> = {}): Promise<Send> {
  const { url } = await startServer(createFakeBackend(methods));
  const send = sendTo(url);
  const { status, text } = await send('POST', '/instances', CREATE_INSTANCE);
  if (status !== 201) throw new Error(text);
  return send;
}

/** Returns the body of an operation's error. */
export function message(text: string): string {
  return JSON.stringify({ message: text });
}

/** Returns the body of a call. `more` replaces fields of a well-formed one. */
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
