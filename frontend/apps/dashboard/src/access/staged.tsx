// A choice that changes rights. Choosing only proposes: with the keyboard, each arrow key chooses the next entry, so a
// change that acted at once would go through all the rights on the way. The focus returns to the choice.

import { type ChangeEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button, Dialog, cx } from '@flowmason/ui'

interface Choice {
  value: string
  onChange: (event: ChangeEvent<HTMLSelectElement>) => void
}

interface Question {
  title: string
  text: string
  action: string
}

interface Props {
  /** What counts now. */
  value: string
  busy: boolean
  /** What the button does, if not "Save". */
  action?: string
  /** The names of the two buttons for screen readers, which begin with their texts. */
  names: { save: string; cancel: string }
  onSave: (value: string) => Promise<unknown>
  /** The consequences of a value that needs a second question. */
  question?: (value: string) => Question | undefined
  className?: string
  children: (choice: Choice) => ReactNode
}

export function Staged({ value, busy, action = 'Save', names, onSave, question, className, children }: Props) {
  const [wanted, setWanted] = useState<string>()
  const [asked, setAsked] = useState<Question>()
  const place = useRef<HTMLDivElement>(null)
  const [ended, setEnded] = useState(0)
  useEffect(() => {
    if (ended === 0) return
    // After a dialog has tried to give the focus back to its button, which is gone.
    const timer = setTimeout(() => place.current?.querySelector('select')?.focus())
    return () => clearTimeout(timer)
  }, [ended])
  const end = () => {
    setWanted(undefined)
    setAsked(undefined)
    setEnded((times) => times + 1)
  }
  const save = (chosen: string) => void onSave(chosen).then(end)
  const proposed = wanted !== undefined && wanted !== value ? wanted : undefined
  return (
    <div ref={place} className={cx('flex flex-wrap items-center gap-1', className)}>
      {children({
        value: wanted ?? value,
        onChange: (event) => {
          if (!busy) setWanted(event.target.value)
        },
      })}
      {proposed !== undefined && (
        <>
          <Button
            busy={busy && !asked}
            aria-label={names.save}
            onClick={() => {
              const next = question?.(proposed)
              if (next) setAsked(next)
              else save(proposed)
            }}
          >
            {action}
          </Button>
          <Button variant="quiet" disabled={busy} aria-label={names.cancel} onClick={end}>
            Cancel
          </Button>
        </>
      )}
      {asked && proposed !== undefined && (
        <Dialog
          open
          onOpenChange={(open) => !open && end()}
          title={asked.title}
          footer={
            <>
              <Button variant="quiet" onClick={end}>
                Cancel
              </Button>
              <Button variant="danger" data-autofocus busy={busy} onClick={() => save(proposed)}>
                {asked.action}
              </Button>
            </>
          }
        >
          <p>{asked.text}</p>
        </Dialog>
      )}
    </div>
  )
}
