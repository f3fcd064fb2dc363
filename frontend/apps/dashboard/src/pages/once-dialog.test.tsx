// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { TipProvider } from '@flowmason/ui'
import { afterEach, expect, test, vi } from 'vitest'
import { OnceDialog } from './once-dialog.tsx'

afterEach(cleanup)

function show() {
  const close = vi.fn<() => void>()
  render(
    <TipProvider>
      <OnceDialog title="Your key" done="I have saved it" onClose={close}>
        {(onCopied) => (
          <button type="button" onClick={onCopied}>
            Copy the key
          </button>
        )}
      </OnceDialog>
    </TipProvider>,
  )
  return close
}

test('a secret that was not copied does not vanish when the dialog is dismissed', () => {
  const close = show()
  fireEvent.click(screen.getByRole('button', { name: 'Close' }))
  expect(close).not.toHaveBeenCalled()
  expect(screen.getByRole('alert').textContent).toContain('never shown again')
  fireEvent.click(screen.getByRole('button', { name: 'Go back' }))
  fireEvent.click(screen.getByRole('button', { name: 'I have saved it' }))
  expect(close).toHaveBeenCalledOnce()
})

test('a secret that was copied needs no question', () => {
  const close = show()
  fireEvent.click(screen.getByRole('button', { name: 'Copy the key' }))
  fireEvent.click(screen.getByRole('button', { name: 'Close' }))
  expect(close).toHaveBeenCalledOnce()
})
