// What a card has besides in an editor: the sides that wires begin at, who else is there, what the stage did in a run,
// and the field for its name.

import { useEffect, useRef, useState } from 'react'
import { ChevronDown, ChevronRight, Pin } from 'lucide-react'
import { Initials, cx } from '@flowmason/ui'
import { useStore } from 'zustand'
import { STAGE_H, STAGE_W } from './arrange.ts'
import type { CanvasEdit } from './edit-context.ts'
import { entryOf } from './model.ts'

const handle =
  'fm-handle absolute z-10 size-4 cursor-crosshair rounded-full after:absolute after:inset-[4px] after:rounded-full after:border after:border-faint after:bg-panel after:content-[""] hover:after:border-copper hover:after:bg-copper'

export function CardEdit({ stage, edit }: { stage: string; edit: CanvasEdit }) {
  const people = useStore(edit.store, (state) => entryOf(state.people, stage))
  const result = useStore(edit.store, ({ results }) => results && entryOf(results, stage))
  const pinned = useStore(edit.store, ({ pins }) => pins?.has(stage) ?? false)
  const renaming = useStore(edit.store, (state) => (state.renaming?.stage === stage ? state.renaming : null))
  const pointed = useStore(edit.store, (state) => state.pointed && entryOf(state.pointed, stage))
  const fold = useStore(edit.store, (state) => entryOf(state.folds, stage))
  const top = STAGE_H / 2 - 8
  return (
    <>
      {/* The keys do the same, so these are for the pointer only. */}
      <span data-handle="in" data-of={stage} aria-hidden="true" className={handle} style={{ left: -8, top }} />
      <span
        data-handle="out"
        data-of={stage}
        aria-hidden="true"
        className={handle}
        style={{ left: STAGE_W - 8, top }}
      />
      {fold && (
        <button
          type="button"
          data-nopan
          tabIndex={-1}
          aria-expanded={!fold.folded}
          aria-label={fold.folded ? `Unfold ${stage}, ${fold.inside} inside` : `Fold ${stage}`}
          onClick={() => edit.onFold(stage)}
          className="absolute -bottom-3.5 left-3 z-10 flex h-6 min-w-6 items-center justify-center gap-1 rounded-control border border-line2 bg-panel px-1 text-2xs text-muted hover:border-copper hover:text-text"
        >
          {fold.folded ? <ChevronRight size={11} aria-hidden="true" /> : <ChevronDown size={11} aria-hidden="true" />}
          {fold.folded && <span>{`${fold.inside} inside`}</span>}
        </button>
      )}
      {people && people.length > 0 && (
        <span className="pointer-events-none absolute -top-2.5 right-2 z-10 flex -space-x-1" data-testid="stage-people">
          {people.slice(0, 3).map((name, index) => (
            <Initials key={index} name={name} className="size-5 text-2xs" />
          ))}
          <span className="sr-only">{`Here: ${people.join(', ')}`}</span>
        </span>
      )}
      {pinned && (
        <span
          data-testid="stage-pin"
          className="pointer-events-none absolute -top-2 left-2 z-10 flex size-4.5 items-center justify-center rounded-full border border-line2 bg-panel text-text"
        >
          <Pin size={11} aria-hidden="true" />
          <span className="sr-only">Its output is pinned</span>
        </span>
      )}
      {result && (
        <span
          data-testid="stage-result"
          style={{ top: STAGE_H + 1, width: STAGE_W }}
          className={cx(
            'fm-detail pointer-events-none absolute left-0 truncate px-1 text-2xs',
            result.failed ? 'text-fail' : 'text-muted',
          )}
        >
          <span className="sr-only">{result.failed ? 'Error: ' : 'Output: '}</span>
          {result.text}
        </span>
      )}
      {pointed && (
        <span
          data-testid="stage-pointed"
          data-mark={pointed.mark}
          className="pointer-events-none absolute -inset-1 z-10 rounded-stage border-2 border-dashed border-text"
          style={{ height: STAGE_H + 8, width: STAGE_W + 8 }}
        >
          <span className="absolute -bottom-2.5 left-2 flex items-center gap-1 rounded-full border border-line2 bg-panel px-1.5 text-2xs">
            {pointed.sign}
            {pointed.word}
          </span>
        </span>
      )}
      {renaming && <NameField key={stage} stage={stage} edit={edit} problem={renaming.problem} busy={renaming.busy} />}
    </>
  )
}

function NameField({
  stage,
  edit,
  problem,
  busy = false,
}: {
  stage: string
  edit: CanvasEdit
  problem: string | undefined
  busy: boolean | undefined
}) {
  const [name, setName] = useState(stage)
  const field = useRef<HTMLInputElement>(null)
  /** What was asked for last: leaving the field must not ask for it again. */
  const asked = useRef<string>(undefined)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  useEffect(() => {
    if (problem) field.current?.focus()
  }, [problem])
  const leave = () => {
    asked.current = stage
    edit.onRenameEnd()
    edit.store.setState({ focus: stage })
  }
  const commit = () => {
    const to = name.trim()
    if (busy) return
    if (to === '' || to === stage) return leave()
    asked.current = to
    edit.onRename(stage, to)
  }
  return (
    <span data-nopan className="absolute inset-x-0 top-0 z-20 flex flex-col gap-1" style={{ width: STAGE_W }}>
      <input
        ref={field}
        value={name}
        readOnly={busy}
        aria-label={`New id of ${stage}`}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? 'fm-rename-problem' : undefined}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          event.stopPropagation()
          if (event.key === 'Enter') {
            event.preventDefault()
            commit()
          } else if (event.key === 'Escape') {
            event.preventDefault()
            leave()
          }
        }}
        onBlur={() => {
          // A refused name stays with its reason until somebody changes it or gives it up.
          if (!problem && asked.current === undefined) commit()
        }}
        style={{ height: STAGE_H }}
        className={cx(
          'w-full rounded-stage border bg-panel px-3.5 text-xs font-semibold outline-none',
          problem ? 'border-fail' : 'border-copper',
        )}
      />
      {problem && (
        <span
          id="fm-rename-problem"
          role="alert"
          className="rounded-control border border-line2 bg-panel px-2 py-1 text-xs text-fail shadow-float"
        >
          {problem}
        </span>
      )}
    </span>
  )
}
