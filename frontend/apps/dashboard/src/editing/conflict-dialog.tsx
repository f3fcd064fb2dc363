// Both sides of what two people changed differently, and the choice of what stays.

import { type ReactNode, useId, useState } from 'react'
import { Button, Dialog, TextArea, Ticked, cx } from '@flowmason/ui'
import { type Choice, type ConflictInLine, conflictsIn, merge, resolved } from './merge.ts'
import type { Conflict, Meeting } from './sync.ts'
import { sideWords } from './words.ts'

interface Props {
  conflict: Conflict
  /** The text here. */
  doc: string
  onChosen: (text: string) => void
  onClose: () => void
}

const dot = 'mt-0.5 size-3.5 shrink-0 accent-[var(--text)] max-sm:size-5'

const nameOf = ({ conflict }: ConflictInLine, at: number): string => `${at} ${conflict.mine} ${conflict.theirs}`

export function ConflictDialog({ conflict, doc, onChosen, onClose }: Props) {
  const parts = merge(conflict.from, doc, conflict.theirs.text)
  const places = conflictsIn(parts)
  const [choices, setChoices] = useState<Readonly<Record<string, Choice>>>({})
  const [whole, setWhole] = useState<'mine' | 'theirs'>()
  const group = useId()
  const choose = (name: string) => (choice: Choice) => setChoices((before) => ({ ...before, [name]: choice }))
  const chosen = places.map((place, at) => choices[nameOf(place, at)])
  const ready = places.length > 0 ? chosen.every((each) => each !== undefined) : whole !== undefined
  const finish = () => {
    const theirsOnly = places.length === 0 && whole === 'theirs'
    onChosen(theirsOnly ? conflict.theirs.text : resolved(parts, chosen))
  }
  return (
    <Dialog
      wide
      open
      onOpenChange={(stays) => !stays && onClose()}
      title="You and somebody else changed the same"
      description="Everything else is merged already. Nothing is lost until you choose."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Later
          </Button>
          <Button variant="primary" disabled={!ready} onClick={finish}>
            Use what I chose
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Meetings meetings={conflict.meetings} />
        {places.map((place, at) => (
          <Place
            key={nameOf(place, at)}
            place={place}
            choice={choices[nameOf(place, at)]}
            onChoice={choose(nameOf(place, at))}
          />
        ))}
        {places.length === 0 && (
          <fieldset className="flex flex-col gap-2">
            <legend className="pb-1 font-medium">What stays</legend>
            <Side
              group={group}
              label="Mine, together with theirs"
              checked={whole === 'mine'}
              onCheck={() => setWhole('mine')}
            />
            <Side group={group} label="Theirs only" checked={whole === 'theirs'} onCheck={() => setWhole('theirs')} />
          </fieldset>
        )}
      </div>
    </Dialog>
  )
}

/** Where two met, in the words of the server, with the values of both if they are values. */
export function Meetings({ meetings }: { meetings: readonly Meeting[] }) {
  if (meetings.length === 0) return null
  return (
    <ul className="flex flex-col gap-2">
      {meetings.map(({ message, mine, theirs }, at) => {
        const [own, other] = [sideWords(mine), sideWords(theirs)]
        return (
          <li key={`${at} ${message}`}>
            <p className="break-words">
              <Ticked text={message} />
            </p>
            {own !== undefined && other !== undefined && (
              <p className="text-xs break-words text-muted">
                Mine: <code>{own}</code> · Theirs: <code>{other}</code>
              </p>
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** One place in the text: mine, theirs, or another text. */
function Place({
  place,
  choice,
  onChoice,
}: {
  place: ConflictInLine
  choice: Choice | undefined
  onChoice: (choice: Choice) => void
}) {
  const { conflict, before, after, line } = place
  const own = typeof choice === 'object' ? choice.text : undefined
  const id = useId()
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="pb-1 font-medium">Line {line}</legend>
      <Side group={id} label="Mine" checked={choice === 'mine'} onCheck={() => onChoice('mine')}>
        <Code before={before} text={conflict.mine} after={after} />
      </Side>
      <Side group={id} label="Theirs" checked={choice === 'theirs'} onCheck={() => onChoice('theirs')}>
        <Code before={before} text={conflict.theirs} after={after} />
      </Side>
      <Side
        group={id}
        label="Another text"
        checked={own !== undefined}
        onCheck={() => onChoice({ text: own ?? conflict.mine })}
      />
      {own !== undefined && (
        <>
          <label htmlFor={`${id}-text`} className="sr-only">
            The text for line {line}
          </label>
          <TextArea
            id={`${id}-text`}
            value={own}
            spellCheck={false}
            onChange={(event) => onChoice({ text: event.target.value })}
            className="font-mono text-xs"
          />
        </>
      )}
    </fieldset>
  )
}

/** One of the sides, with a radio button. */
export function Side({
  group,
  label,
  checked,
  onCheck,
  children,
}: {
  /** The radio buttons of which one is checked. */
  group: string
  label: string
  checked: boolean
  onCheck: () => void
  children?: ReactNode
}) {
  return (
    <label
      className={cx(
        'flex items-start gap-2.5 rounded-control border px-3 py-2 hover:bg-raise',
        checked ? 'border-copper' : 'border-line2',
      )}
    >
      <input type="radio" name={group} checked={checked} onChange={onCheck} className={dot} />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{label}</span>
        {children}
      </span>
    </label>
  )
}

const Code = ({ before, text, after }: { before: string; text: string; after: string }) => (
  <code className="block max-h-40 overflow-y-auto text-xs break-words whitespace-pre-wrap">
    <span className="text-muted">{before.trimStart()}</span>
    {text === '' ? <em className="text-muted">removed</em> : <mark className="bg-wait-soft text-text">{text}</mark>}
    <span className="text-muted">{after}</span>
  </code>
)
