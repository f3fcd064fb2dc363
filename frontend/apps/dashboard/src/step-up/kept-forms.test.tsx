// @vitest-environment happy-dom
import { useState } from 'react'
import { act, cleanup, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepForms, restoreForms } from './kept-forms.ts'
import { KEPT_FORMS } from './kept-key.ts'

const said = vi.hoisted(() => vi.fn<(text: string) => void>())
vi.mock('@flowmason/ui/toast', () => ({ toast: said }))

beforeEach(() => {
  sessionStorage.clear()
  said.mockReset()
})
afterEach(cleanup)

/** A dialog with fields of each kind; the permissions are shown only with one of the choices. */
function NewKey() {
  const [access, setAccess] = useState('role')
  return (
    <div role="dialog">
      <h2>New API key</h2>
      <form id="new-key">
        <input aria-label="Name" name="name" />
        <input aria-label="Secret" name="secret" type="password" />
        <input aria-label="Code" name="code" autoComplete="one-time-code" />
        <select aria-label="Access" name="access" value={access} onChange={(event) => setAccess(event.target.value)}>
          <option value="role">A role</option>
          <option value="permissions">Permissions</option>
        </select>
        {access === 'permissions' && (
          <>
            <input aria-label="run.read" type="checkbox" name="permission" value="run.read" />
            <input aria-label="run.start" type="checkbox" name="permission" value="run.start" />
          </>
        )}
        <textarea aria-label="Networks" name="networks" />
      </form>
    </div>
  )
}

const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label)
const values = () => ['Name', 'Secret', 'Code', 'Access', 'Networks'].map((label) => field(label).value)

/** What a user enters and leaves with. */
function left() {
  const kept = {
    user: 'user_1',
    page: location.pathname + location.search,
    at: Date.now(),
    forms: [
      {
        of: 'New API key#new-key',
        fields: [
          { name: 'name', value: 'ci' },
          { name: 'access', value: 'permissions' },
          { name: 'permission', value: 'run.read', checked: false },
          { name: 'permission', value: 'run.start', checked: true },
          { name: 'networks', value: '10.0.0.0/8' },
        ],
      },
    ],
  }
  sessionStorage.setItem(KEPT_FORMS, JSON.stringify(kept))
  return kept
}

test('what was entered is kept for the user and the page, without secrets', () => {
  render(<NewKey />)
  field('Name').value = 'ci'
  field('Secret').value = 'hunter2'
  field('Code').value = '123456'
  keepForms('user_1')
  const text = sessionStorage.getItem(KEPT_FORMS) ?? ''
  expect(JSON.parse(text)).toMatchObject({
    user: 'user_1',
    forms: [
      {
        of: 'New API key#new-key',
        fields: [
          { name: 'name', value: 'ci' },
          { name: 'access', value: 'role' },
          { name: 'networks', value: '' },
        ],
      },
    ],
  })
  for (const secret of ['hunter2', '123456']) expect(text).not.toContain(secret)
})

test('a form is filled when it is opened again, with the fields that others bring', async () => {
  left()
  restoreForms('user_1')
  expect(said).toHaveBeenCalledOnce()
  expect(sessionStorage.getItem(KEPT_FORMS)).toBeNull()
  render(<NewKey />)
  await waitFor(() => expect(values()).toEqual(['ci', '', '', 'permissions', '10.0.0.0/8']))
  await waitFor(() => expect(field('run.start').checked).toBe(true))
  expect(field('run.read').checked).toBe(false)
  // What the user changes afterwards stays.
  act(() => {
    field('Name').value = 'other'
    document.body.append(document.createElement('p'))
  })
  await new Promise((resolve) => setTimeout(resolve))
  expect(field('Name').value).toBe('other')
})

test('F10 nothing is filled for another user, on another page, or later', async () => {
  const kept = left()
  for (const [user, changed] of [
    ['user_2', kept],
    ['user_1', { ...kept, page: '/elsewhere' }],
    ['user_1', { ...kept, at: Date.now() - 16 * 60_000 }],
  ] as const) {
    sessionStorage.setItem(KEPT_FORMS, JSON.stringify(changed))
    restoreForms(user)
    expect(sessionStorage.getItem(KEPT_FORMS)).toBeNull()
    render(<NewKey />)
    await new Promise((resolve) => setTimeout(resolve))
    expect(values()).toEqual(['', '', '', 'role', ''])
    cleanup()
  }
  expect(said).not.toHaveBeenCalled()
})
