import { expect, test } from 'vitest'
import { parseAddress } from './address.ts'

test.each([
  ['fetch', { stage: 'fetch', parent: null, item: null, branch: null, depth: 0 }],
  ['each[3]/mood', { stage: 'mood', parent: 'each', item: 3, branch: null, depth: 1 }],
  ['guard/try/fetch', { stage: 'fetch', parent: 'guard', item: null, branch: 'try', depth: 1 }],
  ['route/route.upset/reply', { stage: 'reply', parent: 'route', item: null, branch: 'route.upset', depth: 1 }],
  ['a[1]/b[2]/c', { stage: 'c', parent: 'a[1]/b', item: 2, branch: null, depth: 2 }],
  ['a[1]/guard/catch/c', { stage: 'c', parent: 'a[1]/guard', item: null, branch: 'catch', depth: 2 }],
  ['guard/try/each[0]/c', { stage: 'c', parent: 'guard/try/each', item: 0, branch: null, depth: 2 }],
])('%s is read', (address, expected) => {
  expect(parseAddress(address)).toEqual(expected)
})
