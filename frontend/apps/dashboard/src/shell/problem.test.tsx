// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test } from 'vitest'
import { ShellProblem } from './problem.tsx'

afterEach(cleanup)

const show = (code: string) =>
  render(
    <TipProvider>
      <ShellProblem problem={{ code, message: 'The reason' }} onRetry={() => {}} />
    </TipProvider>,
  )

test('a refusal is not called a server that cannot be reached, and signing out stays possible', () => {
  show('FORBIDDEN')
  expect(screen.queryByText('FlowMason cannot be reached')).toBeNull()
  expect(screen.getByText('Your role cannot open this organization')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Sign out' })).toBeTruthy()
})

test('a server that does not answer cannot be reached, and nobody can sign out there', () => {
  show('OFFLINE')
  expect(screen.getByText('FlowMason cannot be reached')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Sign out' })).toBeNull()
})
