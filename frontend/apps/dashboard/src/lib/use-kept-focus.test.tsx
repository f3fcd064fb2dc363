import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { useKeptFocus } from './use-kept-focus.ts'

afterEach(cleanup)

function Actions({ over }: { over: boolean }) {
  const kept = useKeptFocus<HTMLDivElement>()
  return (
    <>
      <div {...kept}>
        {over ? <a href="/again">Edit input and run</a> : <button>Cancel</button>}
        {over && <button>Run again</button>}
      </div>
      <button>Elsewhere</button>
    </>
  )
}

test('the focus moves to the first action when the focused one disappears', () => {
  const { rerender } = render(<Actions over={false} />)
  act(() => screen.getByText('Cancel').focus())
  rerender(<Actions over />)
  expect(document.activeElement).toBe(screen.getByText('Edit input and run'))
})

test('the focus stays where it is if it was elsewhere', async () => {
  const { rerender } = render(<Actions over={false} />)
  act(() => screen.getByText('Cancel').focus())
  act(() => screen.getByText('Elsewhere').focus())
  await Promise.resolve()
  rerender(<Actions over />)
  expect(document.activeElement).toBe(screen.getByText('Elsewhere'))
})

test('nothing takes the focus if nothing had it', async () => {
  const { rerender } = render(<Actions over={false} />)
  act(() => screen.getByText('Cancel').focus())
  act(() => screen.getByText('Cancel').blur())
  await Promise.resolve()
  rerender(<Actions over />)
  expect(document.activeElement).toBe(document.body)
})
