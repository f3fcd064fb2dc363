// Which run the results are of, how it goes, and which of its stages the draft no longer has.

import { useMemo } from 'react'
import { Link } from '@tanstack/react-router'
import { useStore } from 'zustand'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { Button, ErrorPanel, Loading, Skeleton, StatusPill, shortId, statusWord } from '@flowmason/ui'
import { environmentNames } from '../../lib/environment-words.ts'
import { count } from '../../lib/words.ts'
import { isOver } from '../../run/journal.ts'
import { type DraftResults, type ResultRow, statusOfResults } from './results.ts'

/** `of revision 12, the draft is at 15` or `of version 3 in production`. */
export function whichWords(
  { draftRevision, version, environment }: Pick<ResultRow, 'draftRevision' | 'version' | 'environment'>,
  revision: number,
): string {
  if (draftRevision === null || draftRevision === undefined) {
    const where = environment === 'DEVELOPMENT' ? '' : ` in ${environmentNames[environment].toLowerCase()}`
    return `of version ${version.number}${where}`
  }
  return draftRevision === revision
    ? `of revision ${draftRevision}, as the draft is now`
    : `of revision ${draftRevision}, the draft is at ${revision}`
}

/** The stages of the run that are not in the draft. */
export const goneStages = (row: Pick<ResultRow, 'version'>, stages: readonly Pick<CanvasStage, 'id'>[]): string[] => {
  const here = new Set(stages.map(({ id }) => id))
  return row.version.stages.map(({ id }) => id).filter((id) => !here.has(id))
}

const MOST_NAMED = 20

interface Props {
  results: DraftResults
  /** The revision that the draft is at. */
  revision: number
  /** Undefined until they are known. */
  stages: readonly CanvasStage[] | undefined
}

export function ResultsLine({ results, revision, stages }: Props) {
  const id = useStore(results.store, (state) => state.id)
  const row = useStore(results.store, (state) => state.row)
  const problem = useStore(results.store, (state) => state.problem)
  const isRead = useStore(results.store, (state) => state.live !== undefined)
  const status = useStore(results.store, statusOfResults)
  const gone = useMemo(() => (row && stages ? goneStages(row, stages) : []), [row, stages])
  if (id === undefined) return null
  const clear = (
    <Button variant="quiet" onClick={results.clear}>
      Clear
    </Button>
  )
  if (!row) {
    return problem ? (
      <ErrorPanel
        title={`The results of run ${shortId(id)} could not be loaded`}
        problem={problem}
        className="m-2 shrink-0"
        action={clear}
      />
    ) : (
      <Loading label="Loading the results" className="shrink-0 border-b border-line px-4 py-2">
        <Skeleton className="h-3.5 w-72" />
      </Loading>
    )
  }
  const which = whichWords(row, revision)
  return (
    <section aria-label="Results" className="shrink-0 border-b border-line bg-bg px-4 py-1 text-xs">
      <div className="flex flex-wrap items-center gap-x-2">
        <StatusPill status={status} />
        <p className="min-w-0 flex-1" data-testid="draft-results">
          Results of run{' '}
          <Link to="/runs/$runId" params={{ runId: id }} className="font-mono underline underline-offset-2">
            {shortId(id)}
          </Link>{' '}
          {which}
          {!isRead && <span className="text-muted"> · loading its journal</span>}
          {problem && !isOver(status) && <span className="text-wait"> · not followed live: {problem.message}</span>}
        </p>
        <span role="status" className="sr-only">
          {isOver(status) ? `Run ${shortId(id)}: ${statusWord(status).toLowerCase()}` : ''}
        </span>
        {clear}
      </div>
      {gone.length > 0 && (
        <p className="pb-1 break-words text-muted">
          {count(gone.length, 'stage')} of the run {gone.length === 1 ? 'is' : 'are'} not in the draft:{' '}
          {gone.slice(0, MOST_NAMED).join(', ')}
          {gone.length > MOST_NAMED && ` and ${gone.length - MOST_NAMED} more`}
        </p>
      )}
    </section>
  )
}
