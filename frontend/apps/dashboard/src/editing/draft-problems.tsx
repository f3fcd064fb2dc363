// What the checks find in the draft as it is saved. Each problem leads to its place in the text.

import { useMemo, useRef, useState } from 'react'
import { ChevronDown, ChevronUp, CircleX, TriangleAlert, Wrench } from 'lucide-react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { DraftProblemsDocument, type DraftProblemsQuery } from '@flowmason/graphql/editing'
import { Button } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { count } from '../lib/words.ts'
import { ProblemList } from '../pipeline/problems.tsx'
import type { Edit, Outcome } from './edits.ts'
import { useDraftReading } from './use-draft-reading.ts'

/** The checks read the whole file, so they wait until nobody has changed it for this long. */
const QUIET_MS = 1000

/** A problem, and the change that fixes it if there is an obvious one. */
export type DraftProblem = ProblemFieldsFragment & {
  fix?: { label: string; edits: readonly Edit[] } | null | undefined
}

interface Found {
  revision: number
  problems: readonly DraftProblem[]
}

const NOTHING: Found = { revision: -1, problems: [] }

function problemsOf({ pipeline: { draft } }: DraftProblemsQuery): Found | undefined {
  if (!draft) return undefined
  const problems = draft.problems.map((each) => ({
    ...each,
    // The server checks the edits when they are made.
    fix: each.fix && { label: each.fix.label, edits: each.fix.edits as readonly Edit[] },
  }))
  return { revision: draft.revision, problems }
}

/**
 * The problems of the draft at the revision that is saved. Once the draft is another one (or something is typed that is
 * not saved, which `unsaved` says), a fix could replace what was changed since, so it is left out.
 */
export function useDraftProblems(pipelineId: string, revision: number, unsaved = false): readonly DraftProblem[] {
  const { data: found = NOTHING } = useDraftReading(DraftProblemsDocument, problemsOf, {
    pipelineId,
    revision,
    quiet: QUIET_MS,
    first: QUIET_MS,
  })
  const current = found.revision === revision && !unsaved
  return useMemo(
    () => (current ? found.problems : found.problems.map((each) => ({ ...each, fix: undefined }))),
    [found, current],
  )
}

interface Props {
  problems: readonly DraftProblem[]
  onJump: (problem: DraftProblem) => void
  edit: (edits: readonly Edit[]) => Promise<Outcome>
}

export function DraftProblems({ problems, onJump, edit }: Props) {
  const [open, setOpen] = useState(false)
  const busy = useRef(false)
  const fix = async (edits: readonly Edit[]) => {
    if (busy.current) return
    busy.current = true
    const outcome = await edit(edits)
    busy.current = false
    if (!outcome.ok) toast(outcome.message)
  }
  return (
    <ProblemStrip problems={problems} open={open} onOpen={setOpen} onJump={onJump} onFix={(edits) => void fix(edits)} />
  )
}

/** One line that says how many there are, and opens their list. */
export function ProblemStrip({
  problems,
  open,
  onOpen,
  onJump,
  onFix,
}: {
  problems: readonly DraftProblem[]
  open: boolean
  onOpen: (open: boolean) => void
  onJump: (problem: DraftProblem) => void
  onFix?: (edits: readonly Edit[]) => void
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
          <ProblemList
            problems={problems}
            onJump={onJump}
            renderAction={({ fix }) =>
              fix &&
              onFix && (
                <Button className="mr-4 shrink-0" onClick={() => onFix(fix.edits)}>
                  <Wrench size={13} aria-hidden="true" />
                  {fix.label}
                </Button>
              )
            }
          />
        </div>
      )}
    </section>
  )
}
