import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

// Checks the accessibility of pages with axe.

const source = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** A colour scheme that a user can prefer. */
export type ColorScheme = 'dark' | 'light'

/** A fault that axe finds in a page. */
interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** The rules of axe for each colour scheme: all of them, and in the dark those that depend on colours. The selectors of elements are not read. */
const rules = {
  light: { selectors: false, resultTypes: ['violations'] },
  dark: { selectors: false, resultTypes: ['violations'], runOnly: ['cat.color'] },
} as const

const withAxe = new WeakSet<Page>()

/**
 * Returns what axe finds in a page as it is shown now, in a colour scheme. The first check of a tab adds axe to every document that the tab loads
 * later, for half the processor time that it takes to send axe there each time.
 */
export async function violationsOf(
  page: Page,
  colorScheme: ColorScheme,
): Promise<readonly string[]> {
  if (!withAxe.has(page)) {
    await page.addInitScript({ content: source })
    await page.evaluate(source)
    withAxe.add(page)
  }
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }) // colours that change slowly would be seen half-way
  const run = `axe.run(${JSON.stringify(rules[colorScheme])}).then((one) => one.violations)`
  const violations = await page.evaluate<readonly Violation[]>(run)
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]?.html}`)
}

/** Returns the width of a page in CSS pixels, which is more than that of its window if something sticks out. */
export const widthOf = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth')
