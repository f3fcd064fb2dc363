import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { Field, Input } from '@flowmason/ui'
import { useFormCheck } from './form-check.ts'

afterEach(cleanup)

function Form({ onSend }: { onSend: () => void }) {
  const { errors, check, form } = useFormCheck({ name: 'Enter a name.' })
  return (
    <form
      {...form}
      aria-label="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (check(event.currentTarget)) onSend()
      }}
    >
      <Field label="Name" error={errors['name']}>
        {(ids) => <Input {...ids} name="name" required />}
      </Field>
      <Field label="Password" error={errors['password']}>
        {(ids) => <Input {...ids} name="password" type="password" minLength={8} />}
      </Field>
    </form>
  )
}

test('a missing field has an error below it and the focus, until it is filled in', () => {
  const send = vi.fn<() => void>()
  render(<Form onSend={send} />)
  const [form, name] = [screen.getByRole('form'), screen.getByLabelText('Name')]
  fireEvent.input(name, { target: { value: '   ' } })
  fireEvent.submit(form)
  expect(send).not.toHaveBeenCalled()
  expect(screen.getByText('Enter a name.').id).toBe(name.getAttribute('aria-describedby'))
  expect(document.activeElement).toBe(name)
  fireEvent.input(name, { target: { value: 'ci' } })
  expect(screen.queryByText('Enter a name.')).toBeNull()
  fireEvent.submit(form)
  expect(send).toHaveBeenCalledOnce()
})

test('a password that is too short says how long it must be', () => {
  const send = vi.fn<() => void>()
  render(<Form onSend={send} />)
  fireEvent.input(screen.getByLabelText('Name'), { target: { value: 'ci' } })
  fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'short' } })
  fireEvent.submit(screen.getByRole('form'))
  expect(screen.getByText('At least 8 characters are needed.')).toBeTruthy()
  expect(send).not.toHaveBeenCalled()
})
