import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { skipWords } from './skip-words.ts'

const described = readFileSync(join(import.meta.dirname, '../../../../../docs/journal.md'), 'utf8')
const line = described.split('\n').find((each) => each.startsWith('Reasons of `stage.skipped`')) ?? ''
const reasons = [...line.matchAll(/`([a-z_]+)` \(/g)].map((each) => each[1] as string)

test('every reason in the journal has its own text, without its code', () => {
  expect(reasons).toContain('dependency')
  expect(reasons.length).toBeGreaterThanOrEqual(5)
  const said = [...reasons, 'run_ended'].map(skipWords)
  expect(new Set(said).size).toBe(said.length)
  expect(said).not.toContain(skipWords(undefined))
  for (const each of said) expect(each).not.toMatch(/_|`/)
})

test('the code of an unknown reason is not shown', () => {
  expect(skipWords('of_a_later_version')).toBe(skipWords(undefined))
})
