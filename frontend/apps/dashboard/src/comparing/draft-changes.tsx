// What a new version will change, as a short list in the dialog that saves it.

import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { DraftChangesDocument } from '@flowmason/graphql/editing'
import { ErrorPanel, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useMedia } from '../lib/use-media.ts'
import { changesOf, countWords, shortWords } from './changes.ts'

/** Dialogs have room for an open list. */
const ROOMY = '(min-height: 900px)'
const MOST = 6

export function DraftChanges({ pipelineId }: { pipelineId: string }) {
  const roomy = useMedia(ROOMY)
  const [opened, setOpened] = useState(roomy)
  return (
    <details
      open={opened}
      onToggle={(event) => {
        if (event.currentTarget.open) setOpened(true)
      }}
      className="rounded-control border border-line"
    >
      <summary className="cursor-pointer rounded-control px-3 py-2 font-medium select-none">What changes</summary>
      <div className="px-3 pb-3">{opened && <Lines pipelineId={pipelineId} />}</div>
    </details>
  )
}

function Lines({ pipelineId }: { pipelineId: string }) {
  const { data, problem, refetch } = useAnswer(
    DraftChangesDocument,
    { id: pipelineId },
    { requestPolicy: 'network-only' },
  )
  if (problem) return <ErrorPanel title="The changes could not be loaded" problem={problem} onRetry={refetch} />
  if (!data)
    return (
      <Loading label="Loading the changes">
        <Skeleton className="h-5" />
      </Loading>
    )
  const difference = data.pipeline.draft?.changesFrom
  if (!difference || difference.same) return <p className="text-muted">Nothing changed that a run could notice.</p>
  const changes = changesOf(difference)
  const shown = changes.filter(({ kind }) => kind !== 'follows' && kind !== 'layout')
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-muted">{countWords(changes) || 'Only the layout'}</p>
      <ul className="flex list-disc flex-col gap-1 pl-5">
        {shown.slice(0, MOST).map((each) => (
          <li key={each.key} className="break-words">
            <Ticked text={shortWords(each)} />
          </li>
        ))}
        {shown.length > MOST && <li>{shown.length - MOST} more</li>}
      </ul>
      <Link
        to="/pipelines/$pipelineId/compare"
        params={{ pipelineId }}
        search={{ to: 'draft' }}
        className="self-start text-muted underline underline-offset-2 hover:text-text"
      >
        Compare on the canvas
      </Link>
    </div>
  )
}
