import { expect, test } from 'vitest'
import { addressWords, isInside, parseAddress } from './address.ts'

test.each([
  ['fetch', { stage: 'fetch', parent: null, item: null, branch: null, depth: 0 }],
  ['each[3]/mood', { stage: 'mood', parent: 'each', item: 3, branch: null, depth: 1 }],
  ['guard/try/fetch', { stage: 'fetch', parent: 'guard', item: null, branch: 'try', depth: 1 }],
  ['route/route.upset/reply', { stage: 'reply', parent: 'route', item: null, branch: 'route.upset', depth: 1 }],
  ['a[1]/b[2]/c', { stage: 'c', parent: 'a[1]/b', item: 2, branch: null, depth: 2 }],
  ['a[1]/guard/catch/c', { stage: 'c', parent: 'a[1]/guard', item: null, branch: 'catch', depth: 2 }],
  ['guard/try/each[0]/c', { stage: 'c', parent: 'guard/try/each', item: 0, branch: null, depth: 2 }],
])('%s is parsed', (address, expected) => {
  expect(parseAddress(address)).toEqual(expected)
})

test('a stage is inside a control stage at any depth, but not if only its id has the same prefix', () => {
  const inside = ['a[0]/x', 'a/try/x', 'a[1]/b[2]/c', 'a', 'ab', 'ab[0]/x', 'ab/try/x'].filter((each) =>
    isInside(each, 'a'),
  )
  expect(inside).toEqual(['a[0]/x', 'a/try/x', 'a[1]/b[2]/c'])
  expect(isInside('a[0]/x', 'ab')).toBe(false)
  expect(isInside('a[1]/b[2]/c', 'a[1]/b')).toBe(true)
})

test.each([
  ['fetch', 'fetch'],
  ['each[3]', 'each #4'],
  ['each[0]/mood', 'each #1 › mood'],
  ['outer[2]/inner[9]/a', 'outer #3 › inner #10 › a'],
  ['guard/try/fetch', 'guard › try › fetch'],
  ['route/route.upset/reply', 'route › upset › reply'],
])('%s is shown as %s, counted from 1', (address, words) => {
  expect(addressWords(address)).toBe(words)
})
