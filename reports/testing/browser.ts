/** The headless Chromium of this machine, for tests of the report page. */
import { chromium, type Browser } from 'playwright-core';
import which from 'which';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const NO_BROWSER = `no Chromium found in CHROMIUM_BIN or on PATH (${NAMES.join(', ')})`;

export function findChromium(env = process.env): string | undefined {
  const given = env['CHROMIUM_BIN'];
  if (given !== undefined && given !== '') return given;
  for (const name of NAMES) {
    const path = which.sync(name, { nothrow: true });
    if (path !== null) return path;
  }
  return undefined;
}

/** Starts Chromium with an empty profile and without background requests. It also starts as root in a container. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
