import assert from 'node:assert/strict'
import type { Finding } from './assessments.ts'

/** Asserts the verdict of each finding, and that it has advice unless it is ok. */
export function assertVerdicts(
  rows: readonly (readonly [about: string, finding: Finding, verdict: Finding['verdict']])[],
): void {
  for (const [about, { verdict, advice }, expected] of rows) {
    assert.equal(verdict, expected, about)
    assert.equal(
      advice === undefined,
      expected === 'ok',
      `${about}: advice if there is something to do`,
    )
  }
}
