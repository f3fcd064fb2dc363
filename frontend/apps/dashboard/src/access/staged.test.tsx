// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { Staged } from './staged.tsx'

afterEach(cleanup)

const names = { save: 'Save for Bob', cancel: 'Cancel for Bob' }

/** A choice between viewer and owner, of which owner has consequences. */
function show(save: (value: string) => Promise<unknown>) {
  render(
    <Staged
      value="VIEWER"
      busy={false}
      names={names}
      onSave={save}
      question={(value) =>
        value === 'OWNER'
          ? { title: 'Make Bob an owner?', text: 'Bob may do everything.', action: 'Make owner' }
          : undefined
      }
    >
      {(choice) => (
        <select aria-label="Role" {...choice}>
          <option value="VIEWER">Viewer</option>
          <option value="ADMIN">Admin</option>
          <option value="OWNER">Owner</option>
        </select>
      )}
    </Staged>,
  )
  return screen.getByRole<HTMLSelectElement>('combobox')
}

test('choosing changes nothing until it is saved, and the focus returns to the choice', async () => {
  const save = vi.fn<(value: string) => Promise<unknown>>(() => Promise.resolve(true))
  const select = show(save)
  fireEvent.change(select, { target: { value: 'ADMIN' } })
  expect(save).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: 'Save for Bob' }))
  expect(save).toHaveBeenCalledExactlyOnceWith('ADMIN')
  await waitFor(() => expect(document.activeElement).toBe(select))
  expect(screen.queryByRole('button')).toBeNull()
})

test('cancelling restores what counts', async () => {
  const save = vi.fn<(value: string) => Promise<unknown>>(() => Promise.resolve(true))
  const select = show(save)
  fireEvent.change(select, { target: { value: 'ADMIN' } })
  fireEvent.click(screen.getByRole('button', { name: 'Cancel for Bob' }))
  expect(select.value).toBe('VIEWER')
  await waitFor(() => expect(document.activeElement).toBe(select))
  expect(save).not.toHaveBeenCalled()
})

test('a value with consequences asks a second time', async () => {
  const save = vi.fn<(value: string) => Promise<unknown>>(() => Promise.resolve(true))
  const select = show(save)
  fireEvent.change(select, { target: { value: 'OWNER' } })
  fireEvent.click(screen.getByRole('button', { name: 'Save for Bob' }))
  expect(save).not.toHaveBeenCalled()
  fireEvent.click(await screen.findByRole('button', { name: 'Make owner' }))
  await waitFor(() => expect(save).toHaveBeenCalledExactlyOnceWith('OWNER'))
})
