/** The file of the official release that is the PocketIC server for a platform. */

/** The server version of `@dfinity/pic` 0.16.1 (`postinstall.mjs` of the package). */
export const SERVER_VERSION = '10.0.0';

const RELEASES = 'https://github.com/dfinity/pocketic/releases/download';

export interface ReleaseAsset {
  readonly version: string;
  readonly url: string;
  /** SHA-256 of the `.gz` file in lower-case hex. The publisher states none; a user can pin the one that an installation printed. */
  readonly sha256?: string;
}

/** File names of the release by `process.platform` and `process.arch`. */
const ASSETS: Readonly<Record<string, string>> = {
  'linux x64': 'pocket-ic-x86_64-linux.gz',
  'linux arm64': 'pocket-ic-arm64-linux.gz',
  'darwin x64': 'pocket-ic-x86_64-darwin.gz',
  'darwin arm64': 'pocket-ic-arm64-darwin.gz',
};

/** Returns `undefined` if PocketIC is not built for the platform. */
export function releaseAsset(platform: string, arch: string): ReleaseAsset | undefined {
  const file = ASSETS[`${platform} ${arch}`];
  return file === undefined
    ? undefined
    : { version: SERVER_VERSION, url: `${RELEASES}/${SERVER_VERSION}/${file}` };
}
