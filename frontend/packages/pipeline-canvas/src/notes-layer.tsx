// The notes on the canvas of an editor: cards with text, behind the stages.

import { memo, useEffect, useRef, useState } from 'react'
import { Trash2 } from 'lucide-react'
import { cx } from '@flowmason/ui'
import { useStore } from 'zustand'
import type { CanvasEdit, CanvasNote } from './edit-context.ts'
import { NOTE_CHARS, noteColors } from './notes.ts'
import { useShow } from './view.tsx'

const fills: Record<string, string> = {
  plain: 'bg-raise border-line2',
  yellow: 'bg-(--wait-soft) border-wait/50',
  green: 'bg-(--ok-soft) border-ok/50',
  blue: 'bg-(--run-soft) border-run/50',
  red: 'bg-(--fail-soft) border-fail/50',
}
const fillOf = (color: string): string =>
  (Object.hasOwn(fills, color) ? fills[color] : undefined) ?? fills['plain'] ?? ''

export function NotesLayer({ edit }: { edit: CanvasEdit }) {
  const notes = useStore(edit.store, (state) => state.notes)
  return notes.map((note) => <Note key={note.id} note={note} edit={edit} />)
}

const Note = memo(function Note({ note, edit }: { note: CanvasNote; edit: CanvasEdit }) {
  const { id, x, y, width, height, text, color } = note
  const writing = useStore(edit.store, (state) => state.writing === id)
  const moved = useStore(edit.store, ({ gesture }) =>
    gesture?.kind === 'note' && gesture.note === id ? gesture : null,
  )
  const focused = useStore(edit.store, (state) => state.focusNote === id)
  const card = useRef<HTMLButtonElement>(null)
  const show = useShow()
  useEffect(() => {
    if (!focused) return
    card.current?.focus()
    edit.store.setState({ focusNote: null })
  }, [focused, edit])
  const write = () => edit.store.setState({ writing: id })
  return (
    <div
      className={cx('group absolute', writing ? 'z-20' : '-z-10')}
      style={{
        left: x,
        top: y,
        width,
        height,
        ...(moved && { translate: `${moved.to.x - moved.from.x}px ${moved.to.y - moved.from.y}px` }),
      }}
    >
      {writing ? (
        <Writing note={note} edit={edit} />
      ) : (
        <button
          ref={card}
          type="button"
          data-note={id}
          onClick={(event) => {
            // It is no click beside all stages.
            event.stopPropagation()
            // By key: with the pointer, a click selects and a second one opens.
            if (event.detail === 0) write()
          }}
          onDoubleClick={write}
          onKeyDown={({ key }) => {
            const chosen = /^[1-9]$/.test(key) ? noteColors[Number(key) - 1] : undefined
            if (chosen) edit.onNote(id, { color: chosen })
          }}
          onFocus={() => show(note)}
          className={cx(
            'size-full cursor-default overflow-hidden rounded-control border px-2.5 py-2 text-left align-top text-xs leading-[18px] break-words whitespace-pre-wrap text-text',
            'flex items-start justify-start focus-visible:outline-2 focus-visible:outline-copper',
            fillOf(color),
          )}
        >
          <span className="min-w-0 flex-1">
            <span className="sr-only">Note: </span>
            {text}
          </span>
        </button>
      )}
      {/* The keys do the same, so these are for the pointer only. */}
      <span
        data-nopan
        aria-hidden="true"
        className="absolute right-0 -bottom-6 flex h-6 items-center gap-1 rounded-control border border-line2 bg-panel px-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
      >
        {noteColors.map((each) => (
          <button
            key={each}
            type="button"
            tabIndex={-1}
            aria-label={`Color: ${each}`}
            title={`Color: ${each}`}
            onClick={() => edit.onNote(id, { color: each })}
            className={cx('size-4 rounded-full border', fillOf(each), color === each && 'ring-1 ring-copper')}
          />
        ))}
        <button
          type="button"
          tabIndex={-1}
          title="Remove the note"
          onClick={() => edit.onNoteRemove(id)}
          className="flex size-5 items-center justify-center rounded-control text-muted hover:text-text"
        >
          <Trash2 size={12} aria-hidden="true" />
        </button>
      </span>
    </div>
  )
})

function Writing({ note, edit }: { note: CanvasNote; edit: CanvasEdit }) {
  const [text, setText] = useState(note.text)
  const field = useRef<HTMLTextAreaElement>(null)
  const left = useRef(false)
  const show = useShow()
  const place = useRef(note)
  useEffect(() => {
    show(place.current)
    field.current?.focus()
    field.current?.setSelectionRange(place.current.text.length, place.current.text.length)
  }, [show])
  /** `back`: the keyboard goes on at the note. */
  const leave = (keep: boolean, back: boolean) => {
    if (left.current) return
    left.current = true
    const next = keep ? text.trim() : note.text
    edit.store.setState({ writing: null, focusNote: back && next !== '' ? note.id : null })
    if (next === '') edit.onNoteRemove(note.id)
    else if (next !== note.text) edit.onNote(note.id, { text: next })
  }
  return (
    <textarea
      ref={field}
      data-nopan
      value={text}
      maxLength={NOTE_CHARS}
      aria-label="Text of the note"
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Escape' || (event.key === 'Enter' && (event.ctrlKey || event.metaKey))) {
          event.preventDefault()
          leave(event.key === 'Enter', true)
        }
      }}
      onBlur={() => leave(true, false)}
      className={cx(
        'size-full resize-none rounded-control border px-2.5 py-2 text-xs leading-[18px] text-text outline-2 outline-copper',
        fillOf(note.color),
      )}
    />
  )
}
