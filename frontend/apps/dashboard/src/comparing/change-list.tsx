// The changes as a list, beside the canvas: one for each stage, with its fields before and after.

import { useEffect, useRef, useState } from 'react'
import type { StageMark } from '@flowmason/pipeline-canvas'
import { Button, Ticked, cx } from '@flowmason/ui'
import { type Change, type ChangeKind, wholeFields } from './changes.ts'
import { DiffLines, FieldDifference, linesOf } from './field-change.tsx'
import { MarkSign } from './marks.tsx'

/** How many changes are rendered before somebody asks for more. */
const PAGE = 50

const kindWords: Record<ChangeKind, string> = {
  pipeline: 'Changed',
  added: 'Added',
  removed: 'Removed',
  changed: 'Changed',
  renamed: 'Renamed',
  moved: 'Moved',
  follows: 'Follows a renaming',
  layout: 'Placed elsewhere',
}

const marks: Record<ChangeKind, StageMark> = {
  pipeline: 'changed',
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  renamed: 'moved',
  moved: 'moved',
  follows: 'same',
  layout: 'same',
}

interface Props {
  changes: readonly Change[]
  selected: string | undefined
  onSelect: (key: string | undefined) => void
}

export function ChangeList({ changes, selected, onSelect }: Props) {
  const [shown, setShown] = useState(PAGE)
  const chosen = changes.findIndex((each) => each.key === selected)
  const until = Math.max(shown, chosen + 1)
  return (
    <>
      <ul aria-label="Changes" className="divide-y divide-line">
        {changes.slice(0, until).map((change) => (
          <ChangeItem
            key={change.key}
            change={change}
            selected={change.key === selected}
            onSelect={() => onSelect(change.key === selected ? undefined : change.key)}
          />
        ))}
      </ul>
      {until < changes.length && (
        <div className="p-3">
          <Button onClick={() => setShown(until + PAGE)}>
            Show {Math.min(PAGE, changes.length - until)} more of {changes.length - until}
          </Button>
        </div>
      )}
    </>
  )
}

function ChangeItem({ change, selected, onSelect }: { change: Change; selected: boolean; onSelect: () => void }) {
  const { kind, stage, component, words, fields, whole } = change
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (selected) item.current?.scrollIntoView({ block: 'nearest' })
  }, [selected])
  const quiet = kind === 'follows' || kind === 'layout'
  return (
    <li ref={item} className={cx('relative', selected && 'bg-raise')}>
      <button
        type="button"
        aria-pressed={selected}
        data-change={change.key}
        onClick={onSelect}
        className={cx(
          'flex w-full items-start gap-2.5 px-4 py-2.5 text-left hover:bg-raise focus-visible:-outline-offset-2',
          selected && 'shadow-[inset_2px_0_0_var(--copper)]',
        )}
      >
        <span className="flex h-5 w-3.5 shrink-0 items-center">
          <MarkSign mark={marks[kind]} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-baseline gap-x-2">
            <span className={cx('min-w-0 font-medium break-words', kind === 'removed' && 'line-through')}>
              {stage ?? 'The pipeline'}
            </span>
            {component && <span className="text-xs text-muted">{component}</span>}
            <span className={cx('ml-auto shrink-0 text-xs', quiet ? 'text-muted' : 'text-text')}>
              {kindWords[kind]}
            </span>
          </span>
          {words && (
            <span className="block text-xs text-muted">
              <Ticked text={words} />
            </span>
          )}
        </span>
      </button>
      {(fields.length > 0 || whole) && (
        <div className="flex flex-col gap-3 px-4 pb-3 pl-10">
          {fields.map((each) => (
            <FieldDifference key={each.field} change={each} />
          ))}
          {whole && <Whole stage={whole} kind={kind === 'removed' ? 'REMOVED' : 'ADDED'} />}
        </div>
      )}
    </li>
  )
}

/** The fields of a stage that only one of the versions has. */
function Whole({ stage, kind }: { stage: Record<string, unknown>; kind: 'ADDED' | 'REMOVED' }) {
  const fields = wholeFields(stage)
  if (fields.length === 0) return null
  return (
    <details>
      <summary className="cursor-pointer rounded-control py-1 text-xs text-muted select-none hover:text-text">
        {fields.length === 1 ? '1 field' : `${fields.length} fields`}
      </summary>
      <div className="flex flex-col gap-3 pt-2">
        {fields.map(([field, value]) => (
          <div key={field} className="flex flex-col gap-1">
            <code className="font-mono text-xs break-all">{field}</code>
            <DiffLines
              label={field}
              lines={linesOf({ kind, field, before: value, after: value, followsRename: false })}
            />
          </div>
        ))}
      </div>
    </details>
  )
}
