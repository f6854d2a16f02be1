// The scripts of fields and buttons in a real browser, and the same pages without them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, password, signInOn } from '@countersign/testing/pages'
import {
  addResource,
  notes,
} from '../../packages/server/src/http/pages/console/clients/machines.fixture.ts'
import { openBrowser } from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { newMachines } from './console-states.fixture.ts'
import { factorPages } from './factor-pages.fixture.ts'

const skip = executable ? false : howToGetChromium

/** An expression for the page: the name of the field that has the focus. */
const focusedField = 'document.activeElement.name'

test(
  'a button shows the password and hides it again; without script there is none',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open()
    await page.goto(`${world.url}/sign-in`)
    const field = page.locator('[name=password]')
    await field.fill(password)
    assert.equal(await field.getAttribute('type'), 'password')
    await page.getByRole('button', { name: 'Show typed text' }).click()
    assert.equal(await field.getAttribute('type'), 'text')
    assert.equal(await page.getByRole('button', { name: 'Show typed text' }).count(), 0)
    assert.equal(await page.evaluate(focusedField), 'password')
    await page.getByRole('button', { name: 'Hide typed text' }).click()
    assert.equal(await field.getAttribute('type'), 'password')
    assert.equal(await field.inputValue(), password)
    await page.getByRole('button', { name: 'Show typed text' }).waitFor()
    const scriptless = await world.open({ javaScriptEnabled: false })
    await scriptless.goto(`${world.url}/sign-in`)
    assert.equal(await scriptless.getByRole('button', { name: /typed text/ }).count(), 0)
  },
)

test(
  'a hint says how strong a new password is while it is typed, in the language of the page',
  { skip },
  async () => {
    await using world = await openPages()
    for (const [locale, hints] of [
      [
        'en-GB',
        ['10 more characters', 'Too uniform', 'Long enough', 'Long, and hard to guess', ''],
      ],
      [
        'de-DE',
        ['Noch 10 Zeichen', 'Zu gleichförmig', 'Lang genug', 'Lang und schwer zu erraten', ''],
      ],
    ] as const) {
      const page = await world.open({ locale })
      await page.goto(`${world.url}/sign-up`)
      const shown: string[] = []
      for (const typed of ['hello', 'aaaabbbbccccdddd', 'hello wide world', password, '']) {
        await page.locator('[name=new_password]').fill(typed)
        shown.push(String(await page.locator('.strength').textContent()))
      }
      assert.deepEqual(shown, hints)
    }
  },
)

/** Presses every visible button that copies, and returns what the clipboard has after each. */
async function copied(page: Page): Promise<readonly string[]> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const texts: string[] = []
  for (const button of await page.locator('button[data-copy]:visible').all()) {
    await button.click()
    await button.and(page.getByText(/^\s*(Copied|Kopiert)\s*$/)).waitFor()
    texts.push(await page.evaluate<string>('navigator.clipboard.readText()'))
  }
  return texts
}

test(
  'a button copies exactly what is beside it: commands, links of invitations, ids, secrets, API tokens, keys and recovery codes',
  { skip },
  async () => {
    await using world = await openPages({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
    const { url } = world
    const page = await world.open()
    await page.goto(`${url}/docs`)
    await page.getByLabel('Find a route').fill('POST /login/factor/totp/confirm')
    const command = await page.locator('section:visible .copyable code').textContent()
    assert.deepEqual(await copied(page), [command])

    await signInOn(page, url)
    await page.goto(`${url}/console/invitations/add`)
    await page.getByRole('button', { name: 'Create invitation' }).click()
    const [link = ''] = await copied(page)
    assert.ok(link.startsWith(`${url}/sign-up#invitation=csin_`), link)
    await page.goto(`${url}/console/invitations`)
    await page.getByText('Show link').click()
    assert.deepEqual(await copied(page), [link])

    const admin = openBrowser(world.server, url)
    await admin.signIn()
    await addResource(admin)
    await page.goto(`${url}/account/tokens`)
    const { audience: resource } = notes
    const token = {
      name: 'backup',
      scopes: 'notes:read',
      resource,
      days: '30',
      password: 'password',
    }
    for (const [name, text] of Object.entries(token))
      await page.locator(`[name=${name}]`).fill(text)
    await page.getByRole('button', { name: 'Create API token' }).click()
    assert.match(String(await copied(page)), /^\S{40,}$/)
  },
)

test(
  'secrets of clients, keys of applications and recovery codes are copied as they are shown',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open()
    await signInOn(page, world.url)
    const admin = openBrowser(world.server, world.url)
    await admin.signIn()
    await addResource(admin)
    for await (const state of newMachines(page, world.url)) {
      if (state !== 'a secret that is shown once') continue
      const [id = '', secret = ''] = await copied(page)
      assert.match(id, /^c_/)
      assert.match(secret, /^css_/)
      break
    }
    const seen: Record<string, readonly string[]> = {}
    for await (const { name, page: shown } of factorPages(world, 'de-DE')) {
      if (name === 'a QR code' || name === 'recovery codes') seen[name] = await copied(shown)
      if (name === 'recovery codes') break
    }
    assert.match(String(seen['a QR code']), /^[A-Z2-7 ]+$/)
    assert.match(String(seen['recovery codes']), /^([a-z0-9-]+\n){9}[a-z0-9-]+$/)
  },
)

for (const javaScriptEnabled of [true, false])
  test(
    `${javaScriptEnabled ? 'with' : 'without'} script the field in error has the focus, or the message of the whole form`,
    { skip },
    async () => {
      await using world = await openPages()
      const page = await world.open({ javaScriptEnabled })
      await page.goto(`${world.url}/sign-up`)
      await page.locator('[name=username]').fill('ada')
      await page.locator('[name=email]').fill('ada@example.com')
      await page.locator('[name=new_password]').fill('short')
      await page.keyboard.press('Enter')
      await page.locator('.fault').waitFor()
      await focused(page, '[name=new_password][aria-invalid=true]')
      await page.locator('[name=username]').fill('admin')
      await page.locator('[name=new_password]').fill(password)
      await page.keyboard.press('Enter')
      await focused(page, '[name=username][aria-invalid=true]')
      await page.goto(`${world.url}/sign-in`)
      await focused(page, '[name=username]')
      await page.locator('[name=username]').fill('admin')
      await page.locator('[name=password]').fill('wrong')
      await page.keyboard.press('Enter')
      await focused(page, '[role=alert]')
    },
  )

/** Waits until an element has the focus: browsers move it to what has `autofocus` when the page is shown. */
async function focused(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor()
}

/** An expression for the page: the contrast of the text of a disabled button with its background (WCAG 2.2, definition of contrast ratio). */
const contrastOfDisabled = `(() => {
  const { color, backgroundColor } = getComputedStyle(document.querySelector('button:disabled'))
  const [text, ground] = [color, backgroundColor].map((one) => {
    const [red, green, blue] = one.match(/[\\d.]+/g).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  })
  return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)
})()`

test(
  'the disabled buttons of the tour can be read, also under the pointer, and say what is missing',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open({ reducedMotion: 'reduce' })
    await page.goto(world.url)
    const call = page.locator('[data-step=call]')
    const hint = page.locator('li', { has: call }).getByText('Sign in first.')
    assert.ok(await call.isDisabled())
    assert.ok(await hint.isVisible())
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const place of [page.locator('h1'), call]) {
        await place.hover({ force: true })
        await page.waitForTimeout(200) // the transition of a button takes 120 ms
        const contrast = await page.evaluate<number>(contrastOfDisabled)
        assert.ok(contrast >= 4.5, `${colorScheme}: ${contrast}`)
      }
    }
    await page.locator('[data-step=login]').click()
    await hint.waitFor({ state: 'hidden' })
    assert.ok(await call.isEnabled())
  },
)
