// The resolved input of a stage, next to its settings in the file.

import { useEffect } from 'react'
import { RunStageDocument } from '@flowmason/graphql'
import { ErrorPanel, JsonView, Loading, Skeleton } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { type StageState, isOver } from './journal.ts'
import { ValueBox } from './value-box.tsx'

export function StageInput({
  runId,
  address,
  own,
  config,
}: {
  runId: string
  address: string
  own: StageState | undefined
  config: unknown
}) {
  const { data, problem, refetch, fetching } = useAnswer(RunStageDocument, { id: runId, address })
  const status = own?.status
  // The input is known once the stage has started, and final once it has ended.
  useEffect(() => {
    if (status === 'running' || status === 'succeeded' || status === 'failed') refetch()
  }, [status, address, refetch])
  const found = data?.run.stage
  if (problem) return <ErrorPanel title="The input could not be loaded" problem={problem} onRetry={refetch} />
  if (!data) {
    return (
      <Loading label="Loading the input">
        <Skeleton className="h-32" />
      </Loading>
    )
  }
  return (
    <div className="flex flex-col gap-5">
      {found && (found.input !== null || found.inputValue?.truncated) ? (
        <ValueBox
          title="Resolved input"
          value={found.input}
          source={{ run: runId, stage: address, part: 'input' }}
          info={found.inputValue}
        />
      ) : (
        <p className="text-muted">
          {fetching
            ? 'Reading …'
            : own && own.status !== 'queued'
              ? isOver(own.status) && own.startedAt === undefined
                ? 'It did not run, so it read no input.'
                : 'This stage takes no input.'
              : 'Known once the stage starts.'}
        </p>
      )}
      <div className="flex flex-col gap-1.5">
        <div className="text-xs text-muted">In the file</div>
        <div className="rounded-control border border-line2 bg-sunk p-2.5">
          <JsonView value={config} />
        </div>
      </div>
    </div>
  )
}
