/** A headless Chromium of this machine, offline, for looking at the report page. */
import { chromium, type Browser } from 'playwright-core';
import which from 'which';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const NO_BROWSER = `no Chromium was found (CHROMIUM_BIN, or on PATH: ${NAMES.join(', ')}): the page was not looked at`;

export function findChromium(env = process.env): string | undefined {
  const given = env['CHROMIUM_BIN'];
  if (given !== undefined && given !== '') return given;
  for (const name of NAMES) {
    const path = which.sync(name, { nothrow: true });
    if (path !== null) return path;
  }
  return undefined;
}

/** With a new, empty profile. It asks nobody for anything, and runs as root in a container as well. */
export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}
