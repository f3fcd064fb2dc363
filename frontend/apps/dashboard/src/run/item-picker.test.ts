import { expect, test } from 'vitest'
import { placeAmong, wordFor } from './item-picker.tsx'
import type { StageState } from './journal.ts'

const all = ['s', 'f', 's', 'f'].map((status, item) => ({
  address: `each[${item}]/a`,
  stage: 'a',
  status: status === 'f' ? 'failed' : 'succeeded',
})) as unknown as StageState[]

test('previous and next walk through the items and stop at both ends', () => {
  expect(placeAmong(all, 'each[0]/a', false)).toEqual({ at: 1, total: 4, next: 'each[1]/a' })
  expect(placeAmong(all, 'each[3]/a', false)).toEqual({ at: 4, total: 4, previous: 'each[2]/a' })
})

test('with failed only they keep to the items that failed', () => {
  expect(placeAmong(all, 'each[2]/a', true)).toEqual({ at: 3, total: 4, previous: 'each[1]/a', next: 'each[3]/a' })
  expect(placeAmong(all, 'each[1]/a', true)).toEqual({ at: 2, total: 4, next: 'each[3]/a' })
})

test('anywhere inside a loop it is an item, also where a branch stands in between', () => {
  expect(['each[0]/a', 'each[0]/route/route.x/a', 'each[1]/inner[2]/a', 'r/route.go/each[0]/w'].map(wordFor)).toEqual([
    'Item',
    'Item',
    'Item',
    'Item',
  ])
  expect(['a', 'route/route.x/a'].map(wordFor)).toEqual(['Run', 'Run'])
})
