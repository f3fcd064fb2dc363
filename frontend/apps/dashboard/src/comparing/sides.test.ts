import { expect, test } from 'vitest'
import { commonBase, sidesOf } from './sides.ts'

test('without a choice, the latest version is compared with the one before', () => {
  expect(sidesOf({}, 5, undefined)).toEqual({ from: 4, to: 5 })
  expect(sidesOf({}, 1, undefined)).toEqual({ from: 1, to: 1 })
  expect(sidesOf({ to: 3 }, 5, undefined)).toEqual({ from: 2, to: 3 })
  expect(sidesOf({ from: 1 }, 5, undefined)).toEqual({ from: 1, to: 5 })
})

test('the draft is compared with the version that it started from', () => {
  expect(sidesOf({ to: 'draft' }, 5, 4)).toEqual({ from: 4, to: 'draft' })
  expect(sidesOf({ to: 'draft' }, 5, undefined)).toEqual({ from: 5, to: 'draft' })
  expect(sidesOf({ from: 2, to: 'draft' }, 5, 4)).toEqual({ from: 2, to: 'draft' })
})

test('only the draft and a version that was saved after it was started have changes on both sides', () => {
  expect(commonBase(5, 'draft', 3)).toBe(3)
  expect(commonBase(3, 'draft', 3)).toBeUndefined()
  expect(commonBase(2, 'draft', 3)).toBeUndefined()
  expect(commonBase(3, 5, 1)).toBeUndefined()
  expect(commonBase(3, 'draft', undefined)).toBeUndefined()
})
