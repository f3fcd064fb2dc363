import { expect, test } from 'vitest'
import { publishedWords, requestWords } from './environment-words.ts'

test('a publication says whether it still waits', () => {
  const of = (status: 'REQUESTED' | 'PUBLISHED') =>
    publishedWords({ environment: 'PRODUCTION', status, version: { number: 3 } })
  expect(of('PUBLISHED')).toBe('Version 3 is published to production.')
  expect(of('REQUESTED')).toBe('Version 3 waits for a second person before it is published to production.')
})

test('a request names who made it, or the user', () => {
  const request = { requestedBy: { kind: 'user', name: 'Ada' }, version: { number: 3 } }
  expect(requestWords({ ...request, requestedByViewer: false })).toBe('Ada wants to publish version 3')
  expect(requestWords({ ...request, requestedByViewer: true })).toBe('You want to publish version 3')
})
