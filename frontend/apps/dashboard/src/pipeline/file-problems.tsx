// A file that was refused: all its problems and the file itself, so that each problem leads to its position.

import { Suspense, lazy, useMemo, useState } from 'react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import { Skeleton, loadUntilThere } from '@flowmason/ui'
import type { TextFile } from '../lib/files.ts'
import { count } from '../lib/words.ts'
import { ProblemList } from './problems.tsx'
import type { Mark } from './source-view.tsx'

const SourceView = lazy(() =>
  loadUntilThere(() => import('./source-view.tsx').then((module) => ({ default: module.SourceView }))),
)

export function FileProblems({ file, problems }: { file: TextFile; problems: readonly ProblemFieldsFragment[] }) {
  const [chosen, setChosen] = useState(problems[0])
  const marked = useMemo((): Mark[] => {
    const at = (problem: ProblemFieldsFragment): Mark => ({
      from: problem.line,
      to: problem.line,
      column: problem.column,
      kind: 'problem',
    })
    const others = problems.filter((problem) => problem !== chosen).map(at)
    return chosen ? [at(chosen), ...others] : others
  }, [problems, chosen])
  const errors = problems.filter((problem) => problem.severity === 'ERROR').length
  return (
    <section
      aria-label={`Problems of ${file.name}`}
      className="flex flex-col overflow-hidden rounded-float border border-line2 bg-panel"
    >
      <p className="border-b border-line px-4 py-2.5">
        <code>{file.name}</code> was not saved because it has {count(errors, 'error')}.{' '}
        <span className="text-muted">Fix the file and choose it again.</span>
      </p>
      <div className="max-h-64 overflow-y-auto">
        <ProblemList problems={problems} chosen={chosen} onJump={setChosen} />
      </div>
      <div className="h-60 border-t border-line bg-sunk">
        <Suspense fallback={<Skeleton className="m-4 h-4 w-64" />}>
          <SourceView source={file.text} marked={marked} />
        </Suspense>
      </div>
    </section>
  )
}
