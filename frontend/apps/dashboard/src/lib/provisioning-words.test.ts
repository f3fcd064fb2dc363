import { expect, test } from 'vitest'
import { provisioningGuides, statusWords, waitWords } from './provisioning-words.ts'

test('each product says where the base URL and the token belong', () => {
  for (const { steps } of provisioningGuides) {
    expect(steps.join(' ')).toMatch(/base URL/)
    expect(steps.join(' ')).toMatch(/token/)
  }
})

test('whoever waits is told a way out, and a status has its word', () => {
  expect(waitWords.PROOF).toContain('Prove it')
  expect([201, 204, 400, 404, 409, 412].map(statusWords)).toEqual([
    'accepted',
    'accepted',
    'refused',
    'not found',
    'conflict',
    'outdated',
  ])
})
