import { expect, test } from 'vitest'
import { placeInput } from './grant-place.ts'

test.each([
  ['', {}],
  ['PRODUCTION', { environment: 'PRODUCTION' }],
  ['folder_01k0', { folderId: 'folder_01k0' }],
  ['pipe_01k0', { pipelineId: 'pipe_01k0' }],
])('the choice %j becomes %j', (value, expected) => {
  expect(placeInput(value)).toEqual(expected)
})
