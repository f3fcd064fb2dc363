import { expect, test } from 'vitest'
import type { JobRowFragment } from '@flowmason/graphql'
import { jobDetail, jobName } from './job-words.ts'

const job = { attempts: 2, maxAttempts: 5, progress: { done: 0, total: null } } as unknown as JobRowFragment

test.each<[JobRowFragment['progress'], string]>([
  [{ done: 0, total: null }, '2 of 5 attempts'],
  [{ done: 1200, total: null }, '2 of 5 attempts · 1,200 done'],
  [{ done: 0, total: 7 }, '2 of 5 attempts · 0 of 7 done'],
])('a job with %j shows its progress', (progress, words) => {
  expect(jobDetail({ ...job, progress })).toBe(words)
})

test('a job of an unknown kind keeps its name', () => {
  expect(jobName('runs.change')).toBe('Bulk change of runs')
  expect(jobName('other.thing')).toBe('other.thing')
})
