// The controls that are no text with templates: numbers, words, choices and JSON.

import { useId } from 'react'
import { Input, Select, TextArea } from '@flowmason/ui'
import type { ControlIds } from './frame.tsx'
import { wordOf } from './schema.ts'
import type { Suggestion } from './suggestions.ts'
import type { HeldField } from './use-held.ts'

interface Props {
  ids: ControlIds
  held: HeldField
  placeholder?: string | undefined
}

/** Not a number field of the browser, which says nothing of what it cannot read, and changes with the wheel. */
export const NumberControl = ({ ids, held, whole, placeholder }: Props & { whole: boolean }) => (
  <Input
    {...ids}
    inputMode={whole ? 'numeric' : 'decimal'}
    autoComplete="off"
    value={held.text}
    placeholder={placeholder}
    data-pending={held.pending || undefined}
    onFocus={held.enter}
    onBlur={held.leave}
    onChange={(event) => held.type(event.target.value)}
    className="tnum"
  />
)

/** A word that is often one of a few. */
export function WordControl({ ids, held, words, placeholder }: Props & { words: readonly Suggestion[] }) {
  const list = useId()
  const about = words.find((each) => each.word === held.text)?.about
  return (
    <>
      <Input
        {...ids}
        list={list}
        autoComplete="off"
        spellCheck={false}
        value={held.text}
        placeholder={placeholder}
        data-pending={held.pending || undefined}
        onFocus={held.enter}
        onBlur={held.leave}
        onChange={(event) => held.type(event.target.value)}
      />
      <datalist id={list}>
        {words.map(({ word, about: more }) => (
          <option key={word} value={word}>
            {more ?? word}
          </option>
        ))}
      </datalist>
      {about && <p className="text-xs text-muted">{about}</p>}
    </>
  )
}

export function OptionControl({
  ids,
  held,
  options,
  fallback,
}: {
  ids: ControlIds
  held: HeldField
  options: readonly unknown[]
  /** What holds if nothing is chosen. */
  fallback: string | undefined
}) {
  const words = options.map(wordOf)
  return (
    <Select
      {...ids}
      value={held.text}
      data-pending={held.pending || undefined}
      onFocus={held.enter}
      onBlur={held.leave}
      onChange={(event) => held.type(event.target.value, { whole: true })}
    >
      <option value="">{fallback === undefined ? 'Not set' : `Not set (${fallback})`}</option>
      {words.map((word) => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
      {held.text !== '' && !words.includes(held.text) && <option value={held.text}>{held.text}</option>}
    </Select>
  )
}

export function JsonControl({ ids, held, placeholder }: Props) {
  const rows = Math.min(16, Math.max(2, held.text.split('\n').length))
  return (
    <TextArea
      {...ids}
      value={held.text}
      rows={rows}
      spellCheck={false}
      autoComplete="off"
      placeholder={placeholder}
      data-pending={held.pending || undefined}
      onFocus={held.enter}
      onBlur={held.leave}
      onChange={(event) => held.type(event.target.value)}
      className="min-h-0 font-mono text-xs"
    />
  )
}
