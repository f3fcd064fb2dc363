import { expect, test } from 'vitest'
import { numberOf, placeAmong, wordFor } from './item-picker.tsx'
import type { StageState } from './journal.ts'

const all = ['s', 'f', 's', 'f'].map((status, item) => ({
  address: `each[${item}]/a`,
  stage: 'a',
  status: status === 'f' ? 'failed' : 'succeeded',
})) as unknown as StageState[]

test('previous and next step through the items and stop at both ends', () => {
  expect(placeAmong(all, 'each[0]/a', false)).toEqual({ at: 1, total: 4, next: 'each[1]/a' })
  expect(placeAmong(all, 'each[3]/a', false)).toEqual({ at: 4, total: 4, previous: 'each[2]/a' })
})

test('with "failed only", they step through failed items', () => {
  expect(placeAmong(all, 'each[2]/a', true)).toEqual({ at: 3, total: 4, previous: 'each[1]/a', next: 'each[3]/a' })
  expect(placeAmong(all, 'each[1]/a', true)).toEqual({ at: 2, total: 4, next: 'each[3]/a' })
})

test('a stage run anywhere inside a loop is an item, also with a branch in between', () => {
  expect(['each[0]/a', 'each[0]/route/route.x/a', 'each[1]/inner[2]/a', 'r/route.go/each[0]/w'].map(wordFor)).toEqual([
    'Item',
    'Item',
    'Item',
    'Item',
  ])
  expect(['a', 'route/route.x/a'].map(wordFor)).toEqual(['Run', 'Run'])
})

test('an item has its number in the loop, also if the stage did not run for each item', () => {
  expect(numberOf(all, 'each[1]/a', 4)).toEqual({ number: 2, of: 4 })
  expect(numberOf(all, 'each[1]/a', undefined)).toEqual({ number: 2, of: 4 })
  const some = [all[1], all[3]] as StageState[]
  expect(numberOf(some, 'each[3]/a', 9)).toEqual({ number: 4, of: 9 })
  const runs = ['r/try/a', 'r/catch/a'].map((address) => ({ address })) as StageState[]
  expect(numberOf(runs, 'r/catch/a', undefined)).toEqual({ number: 2, of: 2 })
  const nested = ['o[0]/i[0]/a', 'o[1]/i[0]/a'].map((address) => ({ address })) as StageState[]
  expect(numberOf(nested, 'o[1]/i[0]/a', 2)).toEqual({ number: 2, of: 2 })
})
