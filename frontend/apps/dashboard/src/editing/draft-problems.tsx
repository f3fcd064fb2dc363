// What the checks find in the draft as it is saved. Each problem leads to its place in the text.

import { useEffect, useState } from 'react'
import { ChevronDown, ChevronUp, CircleX, TriangleAlert } from 'lucide-react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { DraftProblemsDocument } from '@flowmason/graphql/editing'
import { api } from '../api.ts'
import { count } from '../lib/words.ts'
import { ProblemList } from '../pipeline/problems.tsx'

/** The checks read the whole file, so they wait until nobody has changed it for this long. */
const QUIET_MS = 1000

/** The problems of the draft at the revision that is saved. */
export function useDraftProblems(pipelineId: string, revision: number): readonly ProblemFieldsFragment[] {
  const [problems, setProblems] = useState<readonly ProblemFieldsFragment[]>([])
  useEffect(() => {
    let gone = false
    const look = async () => {
      const { data } = await api.plain.query(DraftProblemsDocument, { id: pipelineId }).toPromise()
      if (!gone && data?.pipeline.draft) setProblems(data.pipeline.draft.problems)
    }
    const timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [pipelineId, revision])
  return problems
}

interface Props {
  problems: readonly ProblemFieldsFragment[]
  onJump: (problem: ProblemFieldsFragment) => void
}

export function DraftProblems({ problems, onJump }: Props) {
  const [open, setOpen] = useState(false)
  return <ProblemStrip problems={problems} open={open} onOpen={setOpen} onJump={onJump} />
}

/** One line that says how many there are, and opens their list. */
export function ProblemStrip({
  problems,
  open,
  onOpen,
  onJump,
}: {
  problems: readonly ProblemFieldsFragment[]
  open: boolean
  onOpen: (open: boolean) => void
  onJump: (problem: ProblemFieldsFragment) => void
}) {
  if (problems.length === 0) return null
  const errors = problems.filter(({ severity }) => severity === 'ERROR').length
  const Icon = errors > 0 ? CircleX : TriangleAlert
  const Chevron = open ? ChevronDown : ChevronUp
  return (
    <section aria-label="Problems of the draft" className="flex min-h-0 shrink-0 flex-col border-t border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => onOpen(!open)}
        className="flex items-center gap-2 px-4 py-1.5 text-xs hover:bg-raise focus-visible:-outline-offset-2"
      >
        <Icon size={14} className={errors > 0 ? 'text-fail' : 'text-wait'} aria-hidden="true" />
        {count(problems.length, 'problem')}
        <span className="text-muted max-sm:hidden">
          {errors > 0 ? 'Errors keep the draft from being saved as a version.' : 'It can be saved as a version.'}
        </span>
        <Chevron size={14} className="ml-auto text-muted" aria-hidden="true" />
      </button>
      {open && (
        <div className="max-h-40 overflow-y-auto border-t border-line">
          <ProblemList problems={problems} onJump={onJump} />
        </div>
      )}
    </section>
  )
}
