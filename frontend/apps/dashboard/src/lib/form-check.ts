// Shows validation errors below their fields, in our own words and for screen readers, instead of in the browser's
// bubble, which disappears after a moment. The rules remain attributes of the fields: `required`, `minLength`, `type`.

import { useState } from 'react'

/** Why a field is invalid, or undefined. A value of only spaces counts as empty. */
export function problemOf(field: HTMLInputElement | HTMLSelectElement, missing: string): string | undefined {
  const { value, validity } = field
  if (field.required && value.trim() === '') return missing
  if (field instanceof HTMLInputElement && value !== '') {
    if (field.minLength > 0 && value.length < field.minLength)
      return `At least ${field.minLength} characters are needed.`
    if (field.maxLength > 0 && value.length > field.maxLength)
      return `At most ${field.maxLength} characters are allowed.`
    if (field.type === 'email' && validity.typeMismatch) return 'This is not an email address, such as ada@example.com.'
  }
  return validity.valid ? undefined : field.validationMessage
}

/** `missing`: for each required field, by its name, the message when it is empty. The form has `noValidate`. */
export function useFormCheck(missing: Readonly<Record<string, string>> = {}) {
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  /** Whether the form is valid; if not, focuses the first invalid field. */
  const check = (form: HTMLFormElement): boolean => {
    const found: Record<string, string> = {}
    let first: HTMLElement | undefined
    for (const field of form.elements) {
      if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement) || field.name === '') continue
      const fault = problemOf(field, missing[field.name] ?? 'This field is required.')
      if (fault === undefined) continue
      found[field.name] = fault
      first ??= field
    }
    setErrors(found)
    first?.focus()
    return first === undefined
  }
  /** Clears the error of a field as soon as it is changed. */
  const onInput = (event: { target: EventTarget }) => {
    const name = (event.target as Partial<HTMLInputElement>).name ?? ''
    if (!(name in errors)) return
    const { [name]: _, ...rest } = errors
    setErrors(rest)
  }
  return { errors, check, form: { noValidate: true, onInput } }
}
