// The pages of mail in every state: accessible in both languages, in light and dark, on a phone and on a desktop.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { violationsOf, widthOf, type ColorScheme } from '@countersign/testing/axe'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable } from '@countersign/testing/pages'
import { formOf } from '@countersign/testing/proofs'
import { mailPages, openMailPages } from './mail-pages.fixture.ts'

const skip = executable ? false : howToGetChromium
const windows = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

/** Returns the colour schemes that axe checks: in the suite both on a phone and light on a desktop, in English; everything in `npm run proofs -- pages`. */
function schemesOf(language: 'en' | 'de', window: string): readonly ColorScheme[] {
  const ofWindow = window === 'phone' ? (['dark', 'light'] as const) : (['light'] as const)
  return formOf({ short: language === 'de' ? [] : ofWindow, long: ['dark', 'light'] })
}

test(
  'axe finds nothing on any page of mail, light and dark, on phone and desktop; none is too wide, in English and German',
  { skip },
  async () => {
    await using world = await openMailPages()
    const found: string[] = []
    const states = new Set<string>()
    for (const language of ['en', 'de'] as const)
      for await (const { name, page } of mailPages(world, language)) {
        states.add(name)
        assert.ok(
          (await page.locator(`[lang=${language}]`).count()) > 0 || name === 'mailbox',
          name,
        )
        for (const [window, size] of Object.entries(windows)) {
          await page.setViewportSize(size)
          for (const colorScheme of schemesOf(language, window)) {
            const where = `${name} ${language} ${window} ${colorScheme}`
            for (const one of await violationsOf(page, colorScheme)) found.push(`${where}: ${one}`)
          }
          const width = await widthOf(page)
          if (width > size.width) found.push(`${name} ${language} ${window}: ${width} pixels wide`)
        }
      }
    assert.deepEqual(found, [])
    assert.equal(states.size, 20)
  },
)
