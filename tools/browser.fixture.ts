import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser, type LaunchOptions } from 'playwright-core'
import { installDebian, mayInstall } from './debian.fixture.ts'

/** Said when the stories in a browser are skipped. */
export const howToGetChromium = 'needs Chromium: apt-get install chromium, or put it on the path'

/**
 * Root has no sandbox to give, so none is asked for: the pages are our own. The rest keeps it from talking to anybody but us. QUIC
 * is off because a name that answers over it would be asked twice.
 */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Where Chromium is. On a CI machine of its own it is installed, and missing it there is an error; elsewhere `undefined`, and a story
 * says {@link howToGetChromium}.
 */
export function findChromium(): string | undefined {
  const look = () =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .flatMap((folder) =>
        ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)),
      )
      .find(existsSync)
  let found = look()
  if (found === undefined && mayInstall) {
    installDebian('chromium')
    found = look()
  }
  assert.ok(found !== undefined || process.env['CI'] !== 'true', howToGetChromium)
  return found
}

/** How Chromium is started, whether by {@link startBrowser} or with a profile of its own. */
export function launchOptions(executablePath: string): LaunchOptions {
  return { executablePath, args: flags, headless: true, timeout: 60_000 }
}

/** Starts a browser without a window. It ends with the process, and with `await using`. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch(launchOptions(executablePath))
}
