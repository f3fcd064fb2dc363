import { expect, test } from 'vitest'
import { readSearch, unknownIn } from './run-search.ts'

test('a valid filter is not reported', () => {
  const search = { q: 'x', status: 'failed,CANCELLED', pipeline: 'pl_1', since: '24h', until: '2026-11-28', after: 'c' }
  expect(unknownIn({ ...search, environment: 'production,STAGING' })).toEqual([])
})

test.each([
  [{ status: 'BOGUS' }, [['status', 'BOGUS']]],
  [{ status: 'FAILED,BOGUS,OTHER' }, [['status', 'BOGUS,OTHER']]],
  [{ notStatus: 5 }, [['notStatus', '5']]],
  [{ environment: 'PRODUCTION,QA' }, [['environment', 'QA']]],
  [{ since: 'yesterday' }, [['since', 'yesterday']]],
  [{ until: { a: 1 } }, [['until', '{"a":1}']]],
  [{ state: 'FAILED' }, [['state', 'FAILED']]],
  [{ pipeline: ['a'] }, [['pipeline', '["a"]']]],
])('%j: unknown parts are reported with their value', (search, expected) => {
  expect(unknownIn(search).map(({ name, value }) => [name, value])).toEqual(expected)
})

test('valid parts next to unknown ones still filter', () => {
  expect(readSearch({ status: 'FAILED,BOGUS', since: 'yesterday' })).toEqual({ status: 'FAILED' })
})
