// The list beside the canvas: what is to be decided, whether the result is valid, and what was merged already.

import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { ApiProblem, ProblemFieldsFragment } from '@flowmason/graphql'
import { Button, ErrorPanel, Note, Ticked } from '@flowmason/ui'
import { Meetings } from '../editing/conflict-dialog.tsx'
import type { Meeting } from '../editing/sync.ts'
import { count } from '../lib/words.ts'
import { ConflictItem } from './conflict-item.tsx'
import { fieldEdits } from './edits-between.ts'
import type { Picked } from './own-value.ts'
import { type SideNames, SideSign, type Three, deedOf } from './picture.tsx'
import { type Merge, woven } from './three-way.ts'
import type { PipelineFile } from './values.ts'

export interface Check {
  /** How many conflicts are left to decide. */
  left: number
  /** The errors that the result has and no side had; undefined while it is not checked. */
  errors: readonly ProblemFieldsFragment[] | undefined
  /** How many errors a side had before. */
  before: number
}

interface Props {
  files: Three<PipelineFile>
  merged: Merge
  names: SideNames
  meetings: readonly Meeting[]
  picks: Readonly<Record<string, Picked>>
  stage: string | null
  onPick: (key: string, picked: Picked) => void
  onStage: (stage: string | null) => void
  onAll: (side: 'mine' | 'theirs') => void
  check: Check
  /** Why the result could not be checked. */
  problem: ApiProblem | undefined
  onCheckAgain: () => void
}

export function ConflictList(props: Props) {
  const { files, merged, names, meetings, picks, stage, onPick, onStage, onAll, check, problem, onCheckAgain } = props
  const { conflicts } = merged
  return (
    <>
      <div className="flex flex-col gap-3 p-4">
        {conflicts.length > 0 ? (
          <div className="flex flex-wrap items-center gap-2">
            <p className="min-w-0 flex-1 font-medium">{count(conflicts.length, 'conflict')}</p>
            {(['mine', 'theirs'] as const).map((side) => (
              <Button key={side} variant="quiet" onClick={() => onAll(side)}>
                All: {names[side].toLowerCase()}
              </Button>
            ))}
          </div>
        ) : (
          <p>Both changed different things. Look at the result, then use it.</p>
        )}
        <Meetings meetings={meetings} />
      </div>
      {conflicts.map((conflict) => (
        <ConflictItem
          key={conflict.key}
          conflict={conflict}
          names={names}
          picked={Object.hasOwn(picks, conflict.key) ? picks[conflict.key] : undefined}
          selected={stage !== null && conflict.stage === stage}
          onPick={(picked) => {
            onPick(conflict.key, picked)
            onStage(conflict.stage)
          }}
        />
      ))}
      <div className="flex flex-col gap-3 border-t border-line p-4">
        {problem ? (
          <ErrorPanel title="The result could not be checked" problem={problem} onRetry={onCheckAgain} />
        ) : (
          <Outcome check={check} />
        )}
        <Already files={files} merged={merged} names={names} />
      </div>
    </>
  )
}

function Outcome({ check: { left, errors, before } }: { check: Check }) {
  if (left > 0) return <p className="text-muted">The result is checked once everything is decided.</p>
  if (!errors)
    return (
      <p role="status" className="text-muted">
        The result is being checked …
      </p>
    )
  const known = before > 0 && ` ${count(before, 'error')} that a side had before ${before === 1 ? 'stays' : 'stay'}.`
  if (errors.length === 0)
    return (
      <Note tone="ok" icon={<CircleCheck size={14} aria-hidden="true" />}>
        <p role="status">The result is checked: it has no new errors.{known}</p>
      </Note>
    )
  return (
    <Note tone="fail" icon={<TriangleAlert size={14} aria-hidden="true" />}>
      <p role="status">
        The two changes are right alone and wrong together.{known} Choose otherwise, or mend it in the draft:
      </p>
      <ul className="flex list-disc flex-col gap-1 pt-1 pl-5">
        {errors.map(({ code, path, message }) => (
          <li key={`${code} ${path} ${message}`} className="break-words">
            <Ticked text={message} />
          </li>
        ))}
      </ul>
    </Note>
  )
}

/** What needs no choice. */
function Already({ files, merged, names }: Pick<Props, 'files' | 'merged' | 'names'>) {
  const conflicting = new Set(merged.conflicts.map(({ stage }) => stage))
  const ids = woven([...files.mine.stages.keys()], [...files.theirs.stages.keys()])
  const all = woven(ids, [...files.base.stages.keys()])
  const entries = all.flatMap((id) => {
    const [own, other] = [deedOf(files.base, files.mine, id), deedOf(files.base, files.theirs, id)]
    if (conflicting.has(id) || !(own ?? other)) return []
    const words = [own && `${names.mine}: ${own.words}`, other && `${names.theirs}: ${other.words}`]
    return [
      { id, of: own && other ? 'both' : own ? 'mine' : 'theirs', words: words.filter(Boolean).join(', ') } as const,
    ]
  })
  const fields = (['mine', 'theirs'] as const).flatMap((side) => {
    const n = fieldEdits(files.base.fields, files[side].fields, undefined).length
    return n > 0 ? [`${names[side]}: ${count(n, 'field')} of the pipeline`] : []
  })
  if (entries.length === 0 && fields.length === 0) return null
  return (
    <details>
      <summary className="cursor-pointer rounded-control py-1 text-muted select-none hover:text-text">
        Merged already: {count(entries.length, 'stage')}
      </summary>
      <ul className="flex flex-col gap-1 pt-1 text-xs">
        {fields.map((words) => (
          <li key={words}>{words}</li>
        ))}
        {entries.map(({ id, of, words }) => (
          <li key={id} className="flex items-center gap-2">
            <SideSign of={of} />
            <span className="min-w-0 break-words">
              <span className="font-medium">{id}</span> <span className="text-muted">{words}</span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}
