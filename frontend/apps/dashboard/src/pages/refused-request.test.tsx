// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { RefusedRequest } from './refused-request.tsx'

afterEach(cleanup)

const refusal = {
  code: 'SSO_REQUIRED',
  message: 'This organization requires single sign-on; sign in with Example',
  providers: [{ name: 'Example', path: '/sign-in/oidc/sso_1' }],
}

test('an organization that requires single sign-on offers its providers', () => {
  render(<RefusedRequest title="The device was not found" problem={refusal} next="/device?code=WDJB-MJHT" />)
  expect(screen.getByRole('alert').textContent).toContain('sign in with Example')
  expect(screen.getByRole('button', { name: 'Continue with Example' })).toBeTruthy()
  expect(screen.queryByText('The device was not found')).toBeNull()
})

test('any other refusal has the title of the page, and no providers', () => {
  const problem = { code: 'NOT_FOUND', message: 'No device waits for this code' }
  render(<RefusedRequest title="The device was not found" problem={problem} next="/device" />)
  expect(screen.getByText('The device was not found')).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})
