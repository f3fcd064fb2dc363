// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { ZonePicker } from './zone-picker.tsx'

afterEach(cleanup)

function show(value = 'UTC') {
  const onChange = vi.fn<(zone: string) => void>()
  render(<ZonePicker ids={{ id: 'zone' }} value={value} onChange={onChange} />)
  return { onChange, field: screen.getByRole<HTMLInputElement>('combobox') }
}

test('a zone is found by typing and chosen with the keyboard', () => {
  const { onChange, field } = show()
  expect(field.getAttribute('aria-expanded')).toBe('false')
  fireEvent.change(field, { target: { value: 'berl' } })
  expect(field.getAttribute('aria-expanded')).toBe('true')
  const [first] = screen.getAllByRole('option')
  expect(first?.textContent).toContain('Europe/Berlin')
  expect(field.getAttribute('aria-activedescendant')).toBe(first?.id)
  fireEvent.keyDown(field, { key: 'Enter' })
  expect(onChange).toHaveBeenCalledWith('Europe/Berlin')
  expect(field.getAttribute('aria-expanded')).toBe('false')
})

test('the arrow keys go through the list and around', () => {
  const { onChange, field } = show()
  fireEvent.keyDown(field, { key: 'ArrowDown' })
  const options = screen.getAllByRole('option')
  fireEvent.keyDown(field, { key: 'ArrowUp' })
  expect(field.getAttribute('aria-activedescendant')).toBe(options.at(-1)?.id)
  fireEvent.keyDown(field, { key: 'ArrowDown' })
  expect(field.getAttribute('aria-activedescendant')).toBe(options[0]?.id)
  expect(onChange).not.toHaveBeenCalled()
})

test('a name that is typed in full counts, and anything else leaves the zone as it was', () => {
  const { onChange, field } = show()
  fireEvent.change(field, { target: { value: 'Atlantis' } })
  expect(screen.getByText(/No time zone has/)).toBeTruthy()
  fireEvent.blur(field)
  expect(onChange).not.toHaveBeenCalled()
  expect(field.value).toBe('UTC')
  fireEvent.change(field, { target: { value: 'America/New_York' } })
  fireEvent.blur(field)
  expect(onChange).toHaveBeenCalledWith('America/New_York')
})
