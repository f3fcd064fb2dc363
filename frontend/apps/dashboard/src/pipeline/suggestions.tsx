// What could be better in a version that can run: found by rules, without a model. Each leads to its position.

import { Lightbulb, TriangleAlert } from 'lucide-react'
import { type FindingFieldsFragment, PipelineFindingsDocument } from '@flowmason/graphql'
import { ErrorPanel, Loading, Skeleton, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

interface Props {
  pipelineId: string
  /** The version shown. */
  number: number
  onJump: (place: { line: number; stage?: string | null | undefined }) => void
}

export function Suggestions({ pipelineId, number, onJump }: Props) {
  const answer = useAnswer(PipelineFindingsDocument, { id: pipelineId, number }, { requestPolicy: 'cache-first' })
  if (answer.problem)
    return (
      <ErrorPanel
        title="The suggestions could not be loaded"
        problem={answer.problem}
        onRetry={answer.refetch}
        className="m-4"
      />
    )
  const found = answer.data?.pipeline.version.findings
  if (!found)
    return (
      <Loading label="Loading the suggestions" className="p-4">
        <Skeleton className="h-10" />
      </Loading>
    )
  if (found.length === 0) return null
  return (
    <section aria-labelledby="suggestions" className="border-t border-line">
      <h3 id="suggestions" className="px-4 pt-3 pb-1 text-xs text-muted">
        Suggestions
      </h3>
      <SuggestionList found={found} onJump={onJump} />
    </section>
  )
}

export function SuggestionList({
  found,
  onJump,
}: {
  found: readonly FindingFieldsFragment[]
  onJump: Props['onJump']
}) {
  return (
    <ul className="divide-y divide-line">
      {found.map((one) => {
        const warning = one.level === 'WARNING'
        const Icon = warning ? TriangleAlert : Lightbulb
        return (
          <li key={`${one.rule}-${one.path}-${one.line}-${one.column}`}>
            <button
              type="button"
              onClick={() => onJump(one)}
              className="flex w-full items-start gap-3 px-4 py-2.5 text-left hover:bg-raise focus-visible:-outline-offset-2"
            >
              <Icon
                size={15}
                className={warning ? 'mt-0.5 shrink-0 text-wait' : 'mt-0.5 shrink-0 text-muted'}
                aria-hidden="true"
              />
              <span className="min-w-0 flex-1">
                <span className="sr-only">{warning ? 'Warning: ' : 'Suggestion: '}</span>
                <span className="block break-words">
                  <Ticked text={one.message} />
                </span>
                <span className="block text-muted">
                  <Ticked text={one.help} />
                </span>
              </span>
              <code className="shrink-0 text-muted max-sm:hidden">
                {one.rule} · <span className="sr-only">line and column </span>
                {one.line}:{one.column}
              </code>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
