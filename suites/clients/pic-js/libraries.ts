/**
 * The clients that the tests run: published versions of `@dfinity/pic`, unmodified, each with a server of `serve`, and this package's
 * implementation of the same interface, without a server.
 */
import * as latest from '@dfinity/pic';
import * as pic16 from 'pic-js-0.16';
import * as pic17 from 'pic-js-0.17';
import * as inProcess from '../../../pic/index.js';
import { EngineBackend } from '../../../servers/pocketic/engine-backend.js';
import { startServer } from '../../../servers/pocketic/testing/start-server.js';

export interface PicLibrary {
  readonly name: string;
  /** Older versions have fewer methods. Where both have a method, it takes the same values, except for `amountOf`. */
  readonly PocketIc: typeof latest.PocketIc;
  /** Converts an amount of cycles to the type of this version. Version 0.16 counts in doubles. */
  readonly amountOf: (cycles: bigint) => bigint;
  /** Whether it installs large modules in chunks, and creates subnets with a cost schedule. */
  readonly isLatest: boolean;
  /** Starts a server that ends with the test. Returns the argument of `PocketIc.create`. */
  readonly start: () => Promise<string>;
}

async function startServe(): Promise<string> {
  const { url } = await startServer((options) => Promise.resolve(new EngineBackend(options)));
  return url;
}

const toDouble = Number as unknown as (cycles: bigint) => bigint;
const unchanged = (cycles: bigint): bigint => cycles;

/** The types of older versions name other classes for principals. Their values have the same methods. */
function older(PocketIc: unknown): typeof latest.PocketIc {
  return PocketIc as typeof latest.PocketIc;
}

export const PIC_LIBRARIES: readonly PicLibrary[] = [
  {
    name: '@dfinity/pic 0.16.1',
    PocketIc: older(pic16.PocketIc),
    amountOf: toDouble,
    isLatest: false,
    start: startServe,
  },
  {
    name: '@dfinity/pic 0.17.2',
    PocketIc: older(pic17.PocketIc),
    amountOf: unchanged,
    isLatest: false,
    start: startServe,
  },
  {
    name: '@dfinity/pic 0.23.0',
    PocketIc: latest.PocketIc,
    amountOf: unchanged,
    isLatest: true,
    start: startServe,
  },
  {
    name: 'canister-upload-stress/pic',
    PocketIc: inProcess.PocketIc as unknown as typeof latest.PocketIc,
    amountOf: unchanged,
    isLatest: true,
    start: async () => (await inProcess.PocketIcServer.start()).getUrl(),
  },
];
