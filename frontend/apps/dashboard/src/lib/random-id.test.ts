import { expect, test } from 'vitest'
import { randomId } from './random-id.ts'

test('an id has 32 digits, and is another one each time', () => {
  expect(randomId()).toMatch(/^[0-9a-f]{32}$/)
  expect(randomId()).not.toBe(randomId())
})
