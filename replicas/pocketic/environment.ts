/** Describes what this machine offers for a run: Node, the platform, and a PocketIC server. */
import { findServer, type FindServerOptions, type FoundServer, type RejectedPlace } from './find-server.js';
import { SERVER_VERSION } from './release.js';

/** `engines.node` of package.json. */
const NODE_MIN = { major: 20, minor: 19 } as const;

export interface Environment {
  readonly node: { readonly version: string; readonly needed: string; readonly ok: boolean };
  readonly platform: { readonly os: string; readonly arch: string };
  readonly pocketic: {
    readonly found: FoundServer | undefined;
    /** The server version that the driver is tested with. Other versions may answer differently. */
    readonly expected: string;
    readonly rejected: readonly RejectedPlace[];
  };
  /** What `--replica auto` uses: PocketIC if its server is found, otherwise the embedded engine. */
  readonly auto: 'pocketic' | 'embedded';
}

export interface EnvironmentOptions extends FindServerOptions {
  /** Default: `process.versions.node`. */
  readonly nodeVersion?: string;
}

export async function describeEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const { found, rejected } = await findServer(options);
  const version = options.nodeVersion ?? process.versions.node;
  return {
    node: { version, needed: `${NODE_MIN.major}.${NODE_MIN.minor} or newer`, ok: isNodeNewEnough(version) },
    platform: { os: process.platform, arch: process.arch },
    pocketic: { found, expected: SERVER_VERSION, rejected },
    auto: found ? 'pocketic' : 'embedded',
  };
}

function isNodeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor);
}
