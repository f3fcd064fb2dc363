// The chain of stages that determined the duration of a run. A long one is shown by its ends and its number of stages
// until it is opened.

/** A longer path is shortened. */
const MAX_STAGES = 5

const written = (stages: readonly string[]) => stages.join(' → ')

export function LongestPath({ path }: { path: readonly string[] }) {
  const all = written(path)
  if (path.length <= MAX_STAGES)
    return <span className="min-w-0 flex-1 truncate text-right max-lg:hidden">Longest path: {all}</span>
  return (
    <details className="min-w-0 flex-1 text-right max-lg:hidden">
      <summary className="cursor-pointer truncate">
        Longest path, {path.length.toLocaleString('en')} stages: {written(path.slice(0, 2))} → … →{' '}
        {written(path.slice(-2))}
      </summary>
      {/* Focusable, so that the arrow keys scroll it. */}
      <p tabIndex={0} className="max-h-28 overflow-y-auto text-left break-words">
        {all}
      </p>
    </details>
  )
}
