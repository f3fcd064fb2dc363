// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { exchangeKeeper } from './kept.ts'

beforeEach(() => sessionStorage.clear())

test('exchanges are kept by person and pipeline, with the pieces that were undone', () => {
  const keeper = exchangeKeeper('user_1', 'pipe_1')
  keeper.write([{ id: 'exchange_1', undone: [0, 2] }])
  expect(keeper.read()).toEqual([{ id: 'exchange_1', undone: [0, 2] }])
  expect(exchangeKeeper('user_2', 'pipe_1').read()).toEqual([])
})

test('what the storage has otherwise is left out', () => {
  const key = 'flowmason.copilot.user_1.pipe_1'
  const keeper = exchangeKeeper('user_1', 'pipe_1')
  for (const odd of ['{', '7', 'null', '["exchange_1", null, {"id": 7}]']) {
    sessionStorage.setItem(key, odd)
    expect(keeper.read()).toEqual([])
  }
  sessionStorage.setItem(key, '[{"id": "exchange_1", "undone": ["x", 1]}]')
  expect(keeper.read()).toEqual([{ id: 'exchange_1', undone: [1] }])
})
