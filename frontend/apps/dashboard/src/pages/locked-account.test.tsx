// @vitest-environment happy-dom
import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { LockedAccount } from './locked-account.tsx'

test('a session of single sign-on says what it cannot change, and how to change it', () => {
  render(<LockedAccount />)
  const text = screen.getByText(/cannot change your account/).textContent
  for (const part of ['password', 'two-factor authentication', 'passkeys', 'connected accounts', 'Forgot password?'])
    expect(text).toContain(part)
})
