// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { keeperOf } from './kept.ts'

const kept = { base: { revision: 1, text: '{}' }, doc: '{"a": 1}', flight: undefined }

beforeEach(() => sessionStorage.clear())

test('F10 what is unsaved is kept for one person and one pipeline', () => {
  keeperOf('user_1', 'pipe_1').write(kept)
  expect(keeperOf('user_1', 'pipe_1').read()).toEqual({ base: kept.base, doc: kept.doc })
  expect(keeperOf('user_2', 'pipe_1').read()).toBeUndefined()
  expect(keeperOf('user_1', 'pipe_2').read()).toBeUndefined()
  keeperOf('user_2', 'pipe_1').write(undefined)
  expect(keeperOf('user_1', 'pipe_1').read()).toBeDefined()
  keeperOf('user_1', 'pipe_1').write(undefined)
  expect(sessionStorage).toHaveLength(0)
})
