import { expect, test } from 'vitest'
import { applyChunk } from './tokens.ts'

const chunk = (offset: number, text: string, attempt = 1) => ({ address: 'a', attempt, offset, text })

test('chunks are appended in order', () => {
  const first = applyChunk(undefined, chunk(0, 'Hi '))
  expect(applyChunk(first, chunk(3, 'Marta'))).toEqual({ attempt: 1, text: 'Hi Marta', end: 8, gap: false })
})

test('offsets count characters, not UTF-16 units', () => {
  const first = applyChunk(undefined, chunk(0, '👋 '))
  expect(applyChunk(first, chunk(2, 'Olá')).text).toBe('👋 Olá')
})

test('overlapping text is not duplicated', () => {
  const first = applyChunk(undefined, chunk(0, 'Hi Mar'))
  expect(applyChunk(first, chunk(3, 'Marta')).text).toBe('Hi Marta')
  expect(applyChunk(first, chunk(0, 'Hi'))).toBe(first)
})

test('a missing part is marked as a gap', () => {
  const first = applyChunk(undefined, chunk(0, 'Hi'))
  expect(applyChunk(first, chunk(9, 'there'))).toEqual({ attempt: 1, text: 'Hi … there', end: 14, gap: true })
  expect(applyChunk(undefined, chunk(5, 'late')).gap).toBe(true)
})

test('a new attempt starts over; a late chunk of the old one is dropped', () => {
  const first = applyChunk(undefined, chunk(0, 'old'))
  const second = applyChunk(first, chunk(0, 'new', 2))
  expect(second.text).toBe('new')
  expect(applyChunk(second, chunk(3, '!', 1))).toBe(second)
})
