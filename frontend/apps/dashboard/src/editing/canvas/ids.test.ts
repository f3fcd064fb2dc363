import { expect, test } from 'vitest'
import { freshId } from './ids.ts'

test('an id is as wanted if it is free, and else has the first free number', () => {
  expect(freshId('generator', new Set())).toBe('generator')
  expect(freshId('generator', new Set(['generator']))).toBe('generator-2')
  expect(freshId('generator-2', new Set(['generator-2', 'generator-3']))).toBe('generator-4')
})
