// Keeps what was entered into the forms of a page while its user leaves it to sign in again: in this tab, for this user
// and page, once, and without secrets. A form in a dialog is filled when the user opens it again.

import { toast } from '@flowmason/ui/toast'
import { KEPT_FORMS } from './kept-key.ts'

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

interface KeptField {
  name: string
  value: string
  /** Only of checkboxes and radio buttons. */
  checked?: boolean
}

interface Kept {
  user: string
  page: string
  at: number
  forms: { of: string; fields: KeptField[] }[]
}

const LASTS_MS = 15 * 60_000
/** In characters. Larger texts are files, which are chosen again faster. */
const LONGEST = 200_000
const NEVER = new Set(['password', 'hidden', 'file', 'submit', 'button', 'reset', 'image'])

const here = () => location.pathname + location.search

/** Keeps all forms of the page. */
export function keepForms(user: string) {
  const forms = Array.from(document.forms, (form) => ({
    of: identityOf(form),
    fields: Array.from(form.elements).filter(isKept).map(read),
  }))
  const kept: Kept = { user, page: here(), at: Date.now(), forms: forms.filter(({ fields }) => fields.length > 0) }
  const text = JSON.stringify(kept)
  if (kept.forms.length > 0 && text.length <= LONGEST) sessionStorage.setItem(KEPT_FORMS, text)
}

/** Fills the forms that were kept for this user and page, each as it appears, until the user leaves the page. */
export function restoreForms(user: string) {
  const text = sessionStorage.getItem(KEPT_FORMS)
  sessionStorage.removeItem(KEPT_FORMS)
  const kept = text === null ? undefined : (JSON.parse(text) as Kept)
  if (!kept || kept.user !== user || kept.page !== here() || Date.now() - kept.at > LASTS_MS) return
  const waiting = new Map(kept.forms.map(({ of, fields }) => [of, fields]))
  const fill = () => {
    if (here() !== kept.page || Date.now() - kept.at > LASTS_MS) waiting.clear()
    for (const form of document.forms) {
      const of = identityOf(form)
      // Some fields appear only after others were filled, or once their choices are loaded.
      const left = waiting.get(of)?.filter((field) => !isFilled(form, field))
      if (left?.length === 0) waiting.delete(of)
      else if (left) waiting.set(of, left)
    }
    if (waiting.size === 0) observer.disconnect()
  }
  const observer = new MutationObserver(fill)
  observer.observe(document.body, { childList: true, subtree: true })
  fill()
  toast('What you had entered is kept. Open its form again to send it.')
}

/** The dialog or the section in which a form is, and its id there. */
function identityOf(form: HTMLFormElement): string {
  const title = form.closest('[role="dialog"]')?.querySelector('h2')?.textContent
  const place = title ?? form.closest('section[id]')?.getAttribute('id') ?? ''
  // As an attribute: a field with the name `id` hides the property.
  return `${place}#${form.getAttribute('id') ?? ''}`
}

function isKept(element: Element): element is Field {
  // Nothing was chosen yet.
  if (element instanceof HTMLSelectElement) return element.name !== '' && element.value !== ''
  if (element instanceof HTMLTextAreaElement) return element.name !== ''
  if (!(element instanceof HTMLInputElement) || element.name === '' || NEVER.has(element.type)) return false
  return !/password|one-time-code/.test(element.getAttribute('autocomplete') ?? '')
}

const isBox = (field: Field): field is HTMLInputElement =>
  field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio')

const read = (field: Field): KeptField => ({
  name: field.name,
  value: field.value,
  ...(isBox(field) && { checked: field.checked }),
})

/** Fills a field, unless it has the value already; false if it is not there yet. */
function isFilled(form: HTMLFormElement, { name, value, checked }: KeptField): boolean {
  for (const field of form.elements) {
    if (!isKeptHere(field) || field.name !== name) continue
    if (isBox(field)) {
      if (field.value !== value) continue
      // Another radio button of the group is clicked instead of this one.
      if (field.checked !== checked && (checked || field.type === 'checkbox')) field.click()
      return true
    }
    if (field instanceof HTMLSelectElement && !Array.from(field.options).some((option) => option.value === value))
      return false
    if (field.value !== value) enter(field, value)
    return true
  }
  return false
}

/** Like `isKept`, also for a choice that is still empty. */
const isKeptHere = (element: Element): element is Field => element instanceof HTMLSelectElement || isKept(element)

/** As a user would: React hears of a new value only if it is set by the browser’s own property. */
function enter(field: Field, value: string) {
  Reflect.set(Object.getPrototypeOf(field) as object, 'value', value, field)
  field.dispatchEvent(new Event('input', { bubbles: true }))
  field.dispatchEvent(new Event('change', { bubbles: true }))
}
