// The pages of second factors in every state: accessible in both languages, in light and dark, on a phone, and without script.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { violationsOf, widthOf } from '@countersign/testing/axe'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages } from '@countersign/testing/pages'
import { formOf } from '@countersign/testing/proofs'
import {
  enrolmentPages,
  factorPages,
  resetPages,
  type FactorState,
} from './factor-pages.fixture.ts'

const skip = executable ? false : howToGetChromium
const phone = { width: 390, height: 844 }

/** The languages in which axe checks pages: in the suite English alone; both in `npm run proofs -- pages`. */
const checked = formOf({ short: ['en-US'], long: ['en-US', 'de-DE'] })

/** Returns what is wrong with a page as it is shown now. */
async function faultsOf(page: Page, language: string): Promise<readonly string[]> {
  const faults: string[] = []
  await page.setViewportSize(phone)
  if (checked.includes(language))
    for (const colorScheme of ['light', 'dark'] as const)
      for (const one of await violationsOf(page, colorScheme)) faults.push(`${colorScheme}: ${one}`)
  const width = await widthOf(page)
  if (width > phone.width) faults.push(`${width} pixels wide`)
  if (
    (await page.locator('[aria-invalid]').count()) >
    (await page.locator('[aria-invalid]:focus').count())
  )
    faults.push('the field in error has no focus')
  return faults
}

async function audit(states: AsyncGenerator<FactorState>, language = 'en-US') {
  const seen: string[] = []
  const faults: string[] = []
  for await (const { name, page } of states) {
    seen.push(name)
    for (const one of await faultsOf(page, language)) faults.push(`${name}, ${language}: ${one}`)
  }
  return { seen, faults }
}

test(
  'axe finds nothing on any page of second factors, light and dark; in English and German none is wider than a phone, and fields in error have the focus',
  {
    skip,
  },
  async () => {
    await using world = await openPages()
    await using strict = await openPages({ COUNTERSIGN_FACTORS_REQUIRED_FOR: '*' })
    const audits = []
    for (const locale of ['en-US', 'de-DE']) {
      audits.push(await audit(factorPages(world, locale), locale))
      audits.push(await audit(enrolmentPages(strict, locale), locale))
    }
    audits.push(await audit(resetPages(world, 'ada-en-US')))
    assert.deepEqual(
      audits.flatMap(({ faults }) => faults),
      [],
    )
    const states = new Set(audits.flatMap(({ seen }) => seen))
    assert.equal(states.size, 16, [...states].join())
  },
)
