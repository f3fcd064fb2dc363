// The problems of a version with their positions and suggested fixes. Selecting one jumps to its position.

import type { ReactNode } from 'react'
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { Empty, Ticked, cx } from '@flowmason/ui'

function ProblemRow({ problem }: { problem: ProblemFieldsFragment }) {
  const error = problem.severity === 'ERROR'
  const Icon = error ? CircleX : TriangleAlert
  return (
    <span className="flex w-full items-start gap-3 px-4 py-2.5 text-left">
      <Icon
        size={15}
        className={error ? 'mt-0.5 shrink-0 text-fail' : 'mt-0.5 shrink-0 text-wait'}
        aria-hidden="true"
      />
      <span className="min-w-0 flex-1">
        <span className="sr-only">{error ? 'Error: ' : 'Warning: '}</span>
        <span className="block break-words">
          <Ticked text={problem.message} />
        </span>
        {problem.suggestion && !problem.message.includes(problem.suggestion) && (
          <span className="block text-muted">
            <Ticked text={problem.suggestion} />
          </span>
        )}
        {problem.path && <code className="block break-all text-muted">{problem.path}</code>}
        <code className="block text-muted sm:hidden">
          {problem.code} · {problem.line}:{problem.column}
        </code>
      </span>
      <code className="shrink-0 text-muted max-sm:hidden">
        {problem.code} · <span className="sr-only">line and column </span>
        {problem.line}:{problem.column}
      </code>
    </span>
  )
}

export function Problems({
  problems,
  onJump,
}: {
  problems: readonly ProblemFieldsFragment[]
  onJump: (problem: ProblemFieldsFragment) => void
}) {
  if (problems.length === 0) {
    return (
      <Empty icon={<CircleCheck size={20} aria-hidden="true" />} title="No problems" className="py-8">
        This version can be run.
      </Empty>
    )
  }
  return <ProblemList problems={problems} onJump={onJump} />
}

/** Each problem leads to its position in the source. */
export function ProblemList<Problem extends ProblemFieldsFragment>({
  problems,
  chosen,
  onJump,
  renderAction,
}: {
  problems: readonly Problem[]
  chosen?: Problem | undefined
  onJump: (problem: Problem) => void
  /** What can be done about a problem. */
  renderAction?: (problem: Problem) => ReactNode
}) {
  return (
    <ul className="divide-y divide-line">
      {problems.map((problem) => (
        <li
          key={`${problem.code}-${problem.path}-${problem.line}-${problem.column}`}
          className="flex items-center hover:bg-raise"
        >
          <button
            type="button"
            aria-current={problem === chosen ? 'true' : undefined}
            onClick={() => onJump(problem)}
            className={cx('flex min-w-0 flex-1 focus-visible:-outline-offset-2', problem === chosen && 'bg-raise')}
          >
            <ProblemRow problem={problem} />
          </button>
          {renderAction?.(problem)}
        </li>
      ))}
    </ul>
  )
}
