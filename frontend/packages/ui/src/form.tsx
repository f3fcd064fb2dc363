// Labels, fields and their errors. An error is shown below its field and linked to it for screen readers.

import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import { ChevronDown, Search } from 'lucide-react'
import { cx } from './cx.ts'

export const control =
  'w-full rounded-control border border-line2 bg-panel px-2.5 text-text transition-colors duration-120 hover:border-faint disabled:opacity-60 aria-invalid:border-fail'

export interface FieldIds {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

export function Field({
  label,
  note,
  hint,
  error,
  required,
  children,
}: {
  label: string
  /** Small text at the right of the label, such as the field's name in the file. */
  note?: ReactNode
  hint?: ReactNode
  error?: ReactNode
  required?: boolean
  children: (ids: FieldIds) => ReactNode
}) {
  const id = useId()
  const describedBy = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  const ids: FieldIds = { id }
  if (describedBy) ids['aria-describedby'] = describedBy
  if (error) ids['aria-invalid'] = true
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="font-medium">
          {label}
          {required && <span className="ml-1 font-normal text-muted">required</span>}
        </label>
        {note && <span className="truncate text-xs text-muted">{note}</span>}
      </div>
      {children(ids)}
      {error && (
        <p id={`${id}-error`} className="text-xs text-fail">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>) {
  return <input className={cx(control, 'h-8 max-sm:h-10', className)} {...rest} />
}

export function TextArea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea className={cx(control, 'min-h-20 resize-y py-1.5', className)} {...rest} />
}

export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className={cx('relative block', className)}>
      <select className={cx(control, 'h-8 appearance-none pr-8 max-sm:h-10')} {...rest}>
        {children}
      </select>
      <ChevronDown
        size={14}
        className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-muted"
        aria-hidden="true"
      />
    </span>
  )
}

const SETTLED_MS = 250

/**
 * A search field for a list. Reports the text after a pause in typing, or at once when the field loses the focus; a new
 * value from outside (a link, back navigation, a clear button) replaces the text.
 */
export function SearchField({
  label,
  placeholder,
  value,
  onChange,
  className,
}: {
  /** For screen readers: what is searched, and by what. */
  label: string
  placeholder: string
  value: string
  onChange: (text: string) => void
  className?: string
}) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  /** The last text reported: when it comes back as the value, more may have been typed meanwhile. */
  const [reported, setReported] = useState<string>()
  if (known !== value) {
    setKnown(value)
    setReported(undefined)
    if (value !== reported) setTyped(value)
  }
  const tell = useRef(() => {})
  useEffect(() => {
    const text = typed.trim()
    tell.current = () => {
      if (text === value) return
      setReported(text)
      onChange(text)
    }
    if (text === value) return
    const timer = setTimeout(() => tell.current(), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <label className={cx('relative block', className)}>
      <span className="sr-only">{label}</span>
      <Search
        size={14}
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted"
        aria-hidden="true"
      />
      <input
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => tell.current()}
        placeholder={placeholder}
        className="h-7 w-full rounded-control border border-line2 bg-panel pr-2 pl-8 max-sm:h-8"
      />
    </label>
  )
}
