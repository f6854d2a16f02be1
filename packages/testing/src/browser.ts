import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { installDebian, mayInstall } from './debian.ts'

/** The reason that skipped browser tests give. */
export const howToGetChromium =
  'needs Chromium: apt-get install chromium-headless-shell, or put chromium on the path'

/** The programs that will do. The first is the same engine without a window system, and takes half the time. */
const programs = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

/**
 * The sandbox does not work as root, and the pages are trusted. The other flags prevent requests to other servers. QUIC is off because
 * a host that supports it would get a request twice.
 */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--renderer-process-limit=1', // the tabs of one window share a process, and none is started for the next window
]

/**
 * Returns the path of Chromium. On a CI machine it is installed, and a missing Chromium is an error; elsewhere returns `undefined`, and
 * the test is skipped with {@link howToGetChromium}.
 */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const look = () =>
    programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync)
  let found = look()
  if (found === undefined && mayInstall) {
    installDebian('chromium-headless-shell')
    found = look()
  }
  assert.ok(found !== undefined || process.env['CI'] !== 'true', howToGetChromium)
  return found
}

/** Starts a headless browser. It ends with the process, or with `await using`. */
export async function startBrowser(
  executablePath: string,
  ...more: readonly string[]
): Promise<Browser> {
  const args = [...flags, ...more]
  return chromium.launch({ executablePath, args, headless: true, timeout: 60_000 })
}

/** A browser with a profile on the disk, which remains after the browser ends. */
export interface ProfiledBrowser {
  readonly browser: Browser
  /** Kills all its processes at once, as a crash does. */
  kill(): Promise<void>
}

/** Starts a browser on a profile, with the storage that its pages saved there before. */
export async function startProfiled(executable: string, profile: string): Promise<ProfiledBrowser> {
  const args = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...flags]
  const child = spawn(executable, [...args, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const found = /DevTools listening on (ws:\S+)/.exec(printed)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Chromium did not start: ${printed}`)))
  })
  return {
    browser: await chromium.connectOverCDP(address),
    async kill() {
      const ended = once(child, 'exit')
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    },
  }
}
