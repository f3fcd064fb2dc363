import { afterEach, expect, test, vi } from 'vitest'
import { askForExplorer } from './explorer-answer.ts'

afterEach(() => vi.unstubAllGlobals())

const answering = (status: number, type = 'application/json') =>
  vi.stubGlobal('fetch', async () => new Response('', { status, headers: { 'content-type': type } }))

test('an HTML page is opened', async () => {
  answering(200, 'text/html; charset=utf-8')
  expect(await askForExplorer('/graphql')).toBe('open')
})

test.each([
  [404, 'missing'],
  [405, 'missing'],
  [401, 'refused'],
  [403, 'refused'],
  [429, 'refused'],
  [500, 'failed'],
  [503, 'failed'],
])('%i is %s', async (status, expected) => {
  answering(status)
  expect(await askForExplorer('/graphql')).toBe(expected)
})

test('an unreachable server is distinguished from one without the explorer', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  expect(await askForExplorer('/graphql')).toBe('unreachable')
})
