// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { SuggestionList } from './suggestions.tsx'

afterEach(cleanup)

const finding = (level: 'WARNING' | 'SUGGESTION', stage: string) => ({
  rule: 'missing_retry',
  level,
  message: `\`${stage}\` calls a model only once`,
  help: 'add a retry',
  stage,
  path: '$.stages[0].id',
  line: stage.length,
  column: 3,
})

test('each suggestion says how serious it is and leads to its position', () => {
  const jump = vi.fn<(place: unknown) => void>()
  render(<SuggestionList found={[finding('WARNING', 'ask'), finding('SUGGESTION', 'draft')]} onJump={jump} />)
  expect(screen.getByRole('button', { name: /^Warning: .*ask/ })).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: /^Suggestion: .*draft/ }))
  expect(jump).toHaveBeenCalledWith(expect.objectContaining({ line: 5, stage: 'draft' }))
})
