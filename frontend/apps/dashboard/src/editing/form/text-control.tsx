// A text with templates: they stand out, and what can be read in them is offered while one is typed.

import { type KeyboardEvent, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react'
import { control, cx } from '@flowmason/ui'
import { completed, fitting, prefixAt } from './completion.ts'
import { useForm } from './form-context.ts'
import type { ControlIds } from './frame.tsx'
import { marksOf, withFault } from './marks.ts'
import type { HeldField } from './use-held.ts'

interface Props {
  ids: ControlIds
  held: HeldField
  placeholder?: string | undefined
  /** It has several lines. */
  long: boolean
  /** The part that is wrong, from and until. */
  fault?: readonly [number, number] | undefined
  required?: boolean | undefined
}

/** Both layers have the same letters at the same places. */
const letters = 'col-start-1 row-start-1 px-2.5 py-1.5 break-words whitespace-pre-wrap [overflow-wrap:anywhere]'

export function TextControl({ ids, held, placeholder, long, fault, required }: Props) {
  const { names, onTemplate } = useForm()
  const area = useRef<HTMLTextAreaElement>(null)
  const [cursor, setCursor] = useState(0)
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState(0)
  /** Where the cursor goes once the text is shown. */
  const next = useRef<number>(undefined)
  const list = useId()
  const prefix = open ? prefixAt(held.text, cursor) : undefined
  const found = prefix ? fitting(names, prefix) : []
  const at = Math.min(chosen, found.length - 1)
  useEffect(() => {
    if (next.current === undefined) return
    area.current?.setSelectionRange(next.current, next.current)
    next.current = undefined
  })
  const look = (event: SyntheticEvent<HTMLTextAreaElement>) => setCursor(event.currentTarget.selectionStart)
  const type = (text: string, position: number) => {
    const inside = prefixAt(text, position)
    if (inside) onTemplate(inside.name)
    setCursor(position)
    setOpen(inside !== undefined)
    setChosen(0)
    held.type(text)
  }
  const put = (name: string) => {
    if (!prefix) return
    const made = completed(held.text, cursor, prefix, name)
    next.current = made.cursor
    type(made.text, made.cursor)
    setOpen(false)
  }
  const onKey = (event: KeyboardEvent) => {
    if (found.length === 0) {
      if (event.key === 'Enter' && !long && !event.shiftKey) event.preventDefault()
      return
    }
    const option = found[at]
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setChosen((at + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length)
    } else if ((event.key === 'Enter' || event.key === 'Tab') && option) put(option.text)
    else if (event.key === 'Escape') setOpen(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="relative">
      <div className="grid grid-cols-[minmax(0,1fr)] rounded-control bg-panel">
        <div
          aria-hidden="true"
          className={cx(letters, 'border border-transparent text-transparent', long && 'min-h-20')}
        >
          {withFault(marksOf(held.text), fault).map((part, index) => {
            const wrong = part.wrong && 'underline decoration-fail decoration-wavy decoration-1 underline-offset-2'
            return part.template ? (
              <mark key={index} className={cx('rounded-[4px] bg-run-soft text-transparent', wrong)}>
                {part.text}
              </mark>
            ) : (
              <span key={index} className={cx(wrong)}>
                {part.text}
              </span>
            )
          })}
          {/* A last empty line has no height of its own. */}
          {'\u200b'}
        </div>
        <textarea
          ref={area}
          {...ids}
          rows={1}
          value={held.text}
          placeholder={placeholder}
          required={required}
          spellCheck={false}
          autoComplete="off"
          data-pending={held.pending || undefined}
          aria-autocomplete="list"
          aria-controls={found.length > 0 ? list : undefined}
          aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
          onFocus={held.enter}
          onBlur={() => {
            setOpen(false)
            held.leave()
          }}
          onSelect={look}
          onKeyDown={onKey}
          onChange={(event) => type(event.target.value, event.target.selectionStart)}
          className={cx(control, letters, 'resize-none overflow-hidden bg-transparent!')}
        />
      </div>
      {found.length > 0 && (
        <div
          id={list}
          role="listbox"
          aria-label="What can be read here"
          className="absolute top-full right-0 left-0 z-20 mt-1 max-h-56 overflow-y-auto rounded-float border border-line2 bg-panel p-1 shadow-float"
        >
          {found.map((each, index) => (
            <Option
              key={each.text}
              id={`${list}-${index}`}
              text={each.text}
              about={each.about}
              chosen={index === at}
              onChoose={() => put(each.text)}
            />
          ))}
        </div>
      )}
    </div>
  )
}

function Option(props: { id: string; text: string; about: string; chosen: boolean; onChoose: () => void }) {
  const { id, text, about, chosen, onChoose } = props
  const row = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView?.({ block: 'nearest' })
  }, [chosen])
  return (
    // The keys are those of the text, which keeps the focus.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={row}
      id={id}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onChoose}
      className={cx('flex cursor-pointer flex-col rounded-[5px] px-2 py-1', chosen ? 'bg-raise' : 'hover:bg-raise')}
    >
      <code className="text-xs break-all">{text}</code>
      {about !== '' && <span className="truncate text-xs text-muted">{about.replaceAll('`', '')}</span>}
    </div>
  )
}
