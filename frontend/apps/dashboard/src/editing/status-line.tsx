// Whether what was typed is saved, who else is here, and undo and redo.

import { type ReactNode, useState } from 'react'
import { CircleCheck, CircleDashed, CircleX, GitMerge, Redo2, Undo2 } from 'lucide-react'
import { IconButton, Initials, Tip } from '@flowmason/ui'
import { modKey } from '../shell/hotkeys.ts'
import type { Person } from './link.ts'
import type { Shown } from './session.ts'
import type { TextView } from './text-view.ts'
import { type Standing, personWords, statusOf } from './words.ts'

const icons: Record<Standing, ReactNode> = {
  saved: <CircleCheck size={14} className="shrink-0 text-ok" aria-hidden="true" />,
  saving: <CircleDashed size={14} className="shrink-0 text-muted" aria-hidden="true" />,
  unsaved: <CircleX size={14} className="shrink-0 text-fail" aria-hidden="true" />,
  conflict: <GitMerge size={14} className="shrink-0 text-wait" aria-hidden="true" />,
}

export function StatusLine({
  shown,
  view,
  children,
}: {
  shown: Shown
  view: TextView | undefined
  children?: ReactNode
}) {
  const { standing, text } = statusOf(shown)
  // Each pause in typing saves, and nobody wants to hear that each time.
  const [spoken, setSpoken] = useState(text)
  if (standing !== 'saving' && spoken !== text) setSpoken(text)
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-2 border-b border-line px-4 py-1">
      <p className="flex min-w-0 flex-1 items-center gap-1.5 text-xs">
        {icons[standing]}
        <span aria-hidden="true" data-testid="draft-status" className="min-w-0">
          {text}
          {standing === 'saved' && shown.changedBy && (
            <span className="text-muted max-sm:hidden"> · last changed by {shown.changedBy}</span>
          )}
        </span>
        <span role="status" className="sr-only">
          {spoken}
        </span>
      </p>
      <People people={shown.people} />
      {children}
      <IconButton
        label="Undo my last change"
        shortcut={`${modKey} Z`}
        disabled={!view?.canGo('undo')}
        onClick={() => view?.go('undo')}
      >
        <Undo2 size={15} aria-hidden="true" />
      </IconButton>
      <IconButton
        label="Redo my last change"
        shortcut={`${modKey} Shift Z`}
        disabled={!view?.canGo('redo')}
        onClick={() => view?.go('redo')}
      >
        <Redo2 size={15} aria-hidden="true" />
      </IconButton>
    </div>
  )
}

const MOST_FACES = 4

/** The others who have the draft open. */
export function People({ people }: { people: readonly Person[] }) {
  const others = people.filter((each) => !each.own)
  if (others.length === 0) return null
  return (
    <ul aria-label="Also editing" className="flex shrink-0 items-center -space-x-1">
      {others.slice(0, MOST_FACES).map((person) => (
        <li key={person.key}>
          <Tip text={personWords(person)}>
            <span className="block">
              <Initials name={person.name} className="size-6 text-2xs" />
              <span className="sr-only">{personWords(person)}</span>
            </span>
          </Tip>
        </li>
      ))}
      {others.length > MOST_FACES && <li className="pl-2 text-xs text-muted">and {others.length - MOST_FACES} more</li>}
    </ul>
  )
}
