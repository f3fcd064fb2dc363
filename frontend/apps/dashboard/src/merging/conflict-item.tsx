// One conflict: what each side made of the value that both started from, and the choice of what stays.

import { useId, useMemo } from 'react'
import { TextArea, cx } from '@flowmason/ui'
import { DiffLines, linesOf } from '../comparing/field-change.tsx'
import { Side } from '../editing/conflict-dialog.tsx'
import { type Picked, choiceOf, firstText } from './own-value.ts'
import { SideSign, type SideNames } from './picture.tsx'
import type { Conflict } from './three-way.ts'

interface Props {
  conflict: Conflict
  names: SideNames
  picked: Picked | undefined
  /** Its stage is selected on the canvas. */
  selected: boolean
  onPick: (picked: Picked) => void
}

export function ConflictItem({ conflict, names, picked, selected, onPick }: Props) {
  const id = useId()
  const own = typeof picked === 'object' ? picked : undefined
  const reading = own && choiceOf(conflict, own)
  const fault = reading && 'fault' in reading ? reading.fault : undefined
  return (
    <fieldset
      data-conflict={conflict.stage ?? undefined}
      className={cx('flex flex-col gap-2 border-t border-line px-4 py-3', selected && 'bg-raise')}
    >
      <legend className="sr-only">{titleOf(conflict)}</legend>
      <p className="flex items-center gap-2 font-medium" aria-hidden="true">
        <SideSign of={picked === undefined || fault !== undefined ? 'conflict' : 'chosen'} />
        <span className="min-w-0 break-words">{titleOf(conflict)}</span>
      </p>
      <Side group={id} label={names.mine} checked={picked === 'mine'} onCheck={() => onPick('mine')} />
      <Made conflict={conflict} value={conflict.mine} label={names.mine} />
      <Side group={id} label={names.theirs} checked={picked === 'theirs'} onCheck={() => onPick('theirs')} />
      <Made conflict={conflict} value={conflict.theirs} label={names.theirs} />
      {conflict.both !== undefined && (
        <Side
          group={id}
          label={
            conflict.both === 'list'
              ? 'Both: what each added, without what one removed'
              : `Both stages: the one of ${names.theirs.toLowerCase()} gets another id`
          }
          checked={picked === 'both'}
          onCheck={() => onPick('both')}
        />
      )}
      {conflict.kind !== 'order' && (
        <Side
          group={id}
          label="Another value"
          checked={own !== undefined}
          onCheck={() => onPick(own ?? { text: firstText(conflict) })}
        />
      )}
      {own && (
        <>
          <label htmlFor={`${id}-text`} className="sr-only">
            The value of {titleOf(conflict)}
          </label>
          <TextArea
            id={`${id}-text`}
            value={own.text}
            spellCheck={false}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-fault`}
            onChange={(event) => onPick({ text: event.target.value })}
            className="font-mono text-xs"
          />
          {fault !== undefined && (
            <p id={`${id}-fault`} className="text-xs text-fail">
              {fault}
            </p>
          )}
        </>
      )}
    </fieldset>
  )
}

/** `config.prompt of draft`, `Stage draft`, `name of the pipeline`. */
export function titleOf({ kind, stage, path }: Conflict): string {
  if (kind === 'order') return 'Order of the stages in the file'
  if (stage === null) return `${path.join('.')} of the pipeline`
  return path.length === 0 ? `Stage ${stage}` : `${path.join('.')} of ${stage}`
}

/** What a side made of the value that both started from. */
function Made({ conflict: { base }, value, label }: { conflict: Conflict; value: unknown; label: string }) {
  const lines = useMemo(() => {
    const kind = base === undefined ? 'ADDED' : value === undefined ? 'REMOVED' : 'CHANGED'
    return linesOf({ kind, field: '', before: base, after: value, followsRename: false })
  }, [base, value])
  if (value === undefined) return <p className="text-xs text-muted">removed</p>
  return <DiffLines lines={lines} label={label} />
}
