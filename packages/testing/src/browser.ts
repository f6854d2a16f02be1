import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { installDebian, mayInstall } from './debian.ts'

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

/** Starts a browser without a window. It ends with the process, and with `await using`. */
export async function startBrowser(
  executablePath: string,
  ...more: readonly string[]
): Promise<Browser> {
  const args = [...flags, ...more]
  return chromium.launch({ executablePath, args, headless: true, timeout: 60_000 })
}

/** A browser with a profile of its own on the disk, which outlives it. */
export interface ProfiledBrowser {
  readonly browser: Browser
  /** Kills it, all its processes at once, as a crash or the system would. */
  kill(): Promise<void>
}

/** Starts a browser on a profile: what its pages keep is there again the next time. */
export async function startProfiled(executable: string, profile: string): Promise<ProfiledBrowser> {
  const args = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...flags]
  const child = spawn(executable, [...args, 'about:blank'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`Chromium did not start: ${said}`)))
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
