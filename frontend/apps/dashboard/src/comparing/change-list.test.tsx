// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ChangeList } from './change-list.tsx'
import { changesOf } from './changes.ts'
import { linesOf } from './field-change.tsx'
import { entry, field, nothing, stage } from './samples.ts'

beforeEach(() => {
  Element.prototype.scrollIntoView = vi.fn<() => void>()
})
afterEach(cleanup)

const changes = changesOf({
  ...nothing,
  removed: [entry('old', { farewell: 'bye' })],
  changed: [stage('greet', { fields: [field('config.message', 'hello', 'good morning')] })],
})

test('each change has its stage, what happened to it, and its fields before and after', () => {
  render(<ChangeList changes={changes} selected={undefined} onSelect={() => {}} />)
  const list = screen.getByRole('list', { name: 'Changes' })
  expect(within(list).getByRole('button', { name: /old.*Removed/ })).toBeTruthy()
  expect(within(list).getByRole('button', { name: /greet.*Changed/ })).toBeTruthy()
  const lines = within(screen.getByRole('list', { name: 'config.message' })).getAllByRole('listitem')
  expect(lines.map((line) => line.textContent)).toEqual(['−before: "hello"', '+after: "good morning"'])
})

test('selecting a change tells its key, and selecting it again clears the selection', () => {
  const select = vi.fn<(key: string | undefined) => void>()
  const { rerender } = render(<ChangeList changes={changes} selected={undefined} onSelect={select} />)
  fireEvent.click(screen.getByRole('button', { name: /greet/ }))
  expect(select).toHaveBeenLastCalledWith('stage:greet')
  rerender(<ChangeList changes={changes} selected="stage:greet" onSelect={select} />)
  expect(screen.getByRole('button', { name: /greet/ }).getAttribute('aria-pressed')).toBe('true')
  fireEvent.click(screen.getByRole('button', { name: /greet/ }))
  expect(select).toHaveBeenLastCalledWith(undefined)
})

test('of many changes the first are rendered, and the selected one always is', () => {
  const many = changesOf({ ...nothing, added: Array.from({ length: 120 }, (_, at) => entry(`s${at}`)) })
  const { rerender } = render(<ChangeList changes={many} selected={undefined} onSelect={() => {}} />)
  expect(document.querySelectorAll('[data-change]')).toHaveLength(50)
  fireEvent.click(screen.getByRole('button', { name: 'Show 50 more of 70' }))
  expect(document.querySelectorAll('[data-change]')).toHaveLength(100)
  rerender(<ChangeList changes={many} selected="stage:s119" onSelect={() => {}} />)
  expect(document.querySelectorAll('[data-change]')).toHaveLength(120)
})

test('short values are shown as they stand in the file, long texts line by line', () => {
  expect(linesOf(field('n', 1, '1'))).toEqual([
    { kind: 'before', text: '1' },
    { kind: 'after', text: '"1"' },
  ])
  expect(linesOf(field('prompt', 'Be kind.\nBe short.', 'Be kind.\nBe clear.'))).toEqual([
    { kind: 'same', text: 'Be kind.' },
    { kind: 'before', text: 'Be short.' },
    { kind: 'after', text: 'Be clear.' },
  ])
  expect(linesOf(field('x', undefined, [1, 2]))).toEqual([{ kind: 'after', text: '[1,2]' }])
})
