import { expect, test } from 'vitest'
import { newer } from './newer.ts'

const at = (revision: number) => ({ revision, text: `${revision}` })

test('the newer one of what was loaded and what a change has shown counts', () => {
  expect(newer(at(3), at(2))?.revision).toBe(3)
  expect(newer(at(3), at(4))?.revision).toBe(4)
  expect(newer(undefined, at(4))?.revision).toBe(4)
  expect(newer(at(3), undefined)?.revision).toBe(3)
  expect(newer(undefined, undefined)).toBeUndefined()
})
