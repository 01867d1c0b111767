/**
 * The public interface of `@dfinity/pic` without a server: instances run on the embedded engine in the calling thread. The entry
 * `canister-upload-stress/pic`. Types come from the installed `@dfinity/pic`; nothing of it is loaded.
 *
 * @example
 * import { PocketIc } from 'canister-upload-stress/pic';
 *
 * const pic = await PocketIc.create();
 * const { actor } = await pic.setupCanister<Service>({ idlFactory, wasm: 'files.wasm' });
 */
import type * as Pic from '@dfinity/pic';
import * as identity from './identity.js';
import { PocketIc as InProcess } from './pocket-ic.js';
import { PocketIcServer as InProcessServer } from './pocket-ic-server.js';

export type * from '@dfinity/pic';
export { ServerError } from './errors.js';

/** The part of a class that its users see. */
interface Class<Instance> {
  readonly prototype: Instance;
}

interface PocketIcClass extends Class<Pic.PocketIc> {
  /**
   * Creates an instance in this thread.
   * @param url ignored: it makes this call the same as that of `@dfinity/pic`
   * @throws {Error} if an option needs a feature that the engine lacks
   */
  create(url?: string, options?: Pic.CreateInstanceOptions): Promise<Pic.PocketIc>;
}

interface PocketIcServerClass extends Class<Pic.PocketIcServer> {
  /** There is no process. `showCanisterLogs` prints what canisters print to stderr; the other options have no effect. */
  start(options?: Pic.StartServerOptions): Promise<Pic.PocketIcServer>;
}

export const PocketIc = InProcess as unknown as PocketIcClass;
export type PocketIc = Pic.PocketIc;

export const PocketIcServer = InProcessServer as unknown as PocketIcServerClass;
export type PocketIcServer = Pic.PocketIcServer;

/** Returns the same identity for the same text, as `@dfinity/pic` does. */
export const createIdentity: typeof Pic.createIdentity = identity.createIdentity;
export const generateRandomIdentity: typeof Pic.generateRandomIdentity = identity.generateRandomIdentity;

export const SubnetStateType = { New: 'new', FromPath: 'fromPath' } as unknown as typeof Pic.SubnetStateType;
export type SubnetStateType = Pic.SubnetStateType;

export const SubnetType = {
  Application: 'Application',
  Bitcoin: 'Bitcoin',
  Fiduciary: 'Fiduciary',
  InternetIdentity: 'II',
  NNS: 'NNS',
  SNS: 'SNS',
  System: 'System',
} as unknown as typeof Pic.SubnetType;
export type SubnetType = Pic.SubnetType;

export const CanisterHttpMethod = {
  GET: 'GET',
  POST: 'POST',
  HEAD: 'HEAD',
} as unknown as typeof Pic.CanisterHttpMethod;
export type CanisterHttpMethod = Pic.CanisterHttpMethod;

export const CanisterCyclesCostSchedule = {
  Normal: 'Normal',
  Free: 'Free',
} as unknown as typeof Pic.CanisterCyclesCostSchedule;
export type CanisterCyclesCostSchedule = Pic.CanisterCyclesCostSchedule;

export const IcpConfigFlag = {
  Disabled: 'Disabled',
  Enabled: 'Enabled',
} as unknown as typeof Pic.IcpConfigFlag;
export type IcpConfigFlag = Pic.IcpConfigFlag;

export const IcpFeaturesConfig = {
  DefaultConfig: 'DefaultConfig',
} as unknown as typeof Pic.IcpFeaturesConfig;
export type IcpFeaturesConfig = Pic.IcpFeaturesConfig;
