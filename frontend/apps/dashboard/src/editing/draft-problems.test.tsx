// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { afterEach, expect, test, vi } from 'vitest'
import { ProblemStrip } from './draft-problems.tsx'

afterEach(cleanup)

const problem: ProblemFieldsFragment = {
  severity: 'ERROR',
  code: 'MISSING_PATH',
  message: 'check reads `upstream.gone`',
  suggestion: null,
  path: 'stages[0].config',
  line: 4,
  column: 2,
  stage: 'check',
}

function show(problems: readonly ProblemFieldsFragment[], open = false) {
  const calls = { open: vi.fn<(open: boolean) => void>(), jump: vi.fn<(problem: ProblemFieldsFragment) => void>() }
  render(<ProblemStrip problems={problems} open={open} onOpen={calls.open} onJump={calls.jump} />)
  return calls
}

test('a draft without problems shows nothing', () => {
  show([])
  expect(screen.queryByRole('region')).toBeNull()
})

test('the number of problems is shown, and their list on demand', () => {
  const calls = show([problem])
  const button = screen.getByRole('button', { name: /^1 problem/ })
  expect(button.getAttribute('aria-expanded')).toBe('false')
  expect(screen.queryByRole('list')).toBeNull()
  fireEvent.click(button)
  expect(calls.open).toHaveBeenCalledWith(true)
})

test('a problem leads to its place', () => {
  const calls = show([problem], true)
  fireEvent.click(screen.getByRole('button', { name: /check reads/ }))
  expect(calls.jump).toHaveBeenCalledWith(problem)
})
