// The list of all pages with its states: loading, failed, denied, empty, or rows; and paging.

import type { ReactNode, Ref } from 'react'
import { Button, ErrorPanel, Loading, Note, Skeleton, cx } from '@flowmason/ui'
import type { Answer } from '../lib/use-answer.ts'

export const listBox = 'overflow-hidden rounded-float border border-line bg-panel'

/** A link that looks like a button, used in empty lists. */
export const plainLink =
  'inline-flex h-7 items-center rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise max-sm:h-8'

export interface ListProps<Row> {
  /** The name of the rows in messages, as in `The runs could not be loaded`. */
  name: string
  answer: Pick<Answer<unknown>, 'problem' | 'refetch'>
  /** Absent while loading. */
  rows: readonly Row[] | undefined
  /** The reason shown if the user may not see the rows. */
  denied?: { icon: ReactNode; words: string } | undefined
  /** The skeleton, in the shape of the rows. */
  loading: ReactNode
  empty: ReactNode
  children: (rows: readonly Row[]) => ReactNode
  ref?: Ref<HTMLDivElement> | undefined
}

export function List<Row>({ name, answer, rows, denied, loading, empty, children, ref }: ListProps<Row>) {
  if (denied) return <Note icon={denied.icon}>{denied.words}</Note>
  if (answer.problem)
    return <ErrorPanel title={`The ${name} could not be loaded`} problem={answer.problem} onRetry={answer.refetch} />
  return (
    <div ref={ref} className={listBox}>
      {!rows ? (
        <Loading label={`Loading the ${name}`} className="divide-y divide-line">
          {loading}
        </Loading>
      ) : rows.length > 0 ? (
        children(rows)
      ) : (
        empty
      )}
    </div>
  )
}

/** Skeletons of rows. `front`: the classes of the shape before the lines; `height`: the class of the row's height. */
export function RowSkeletons({ rows, height, front }: { rows: number; height: string; front: string }) {
  return Array.from({ length: rows }, (_, index) => (
    <div key={index} className={cx('flex items-center gap-4 px-3', height)}>
      <Skeleton className={front} />
      <div className="flex-1 space-y-2">
        <Skeleton className="h-3.5 w-44" />
        <Skeleton className="h-3 w-72 max-w-full" />
      </div>
    </div>
  ))
}

/** Links to the first and the next page; nothing if there is only one page. */
export function Pages({
  after,
  page,
  words: [first, next],
  onGo,
}: {
  after: string | undefined
  page: { hasNextPage: boolean; endCursor?: string | null | undefined } | undefined
  words: readonly [first: string, next: string]
  onGo: (after: string | undefined) => void
}) {
  if (!after && !page?.hasNextPage) return null
  return (
    <nav aria-label="Pages" className="flex items-center justify-between">
      <Button disabled={!after} onClick={() => onGo(undefined)}>
        {first}
      </Button>
      <Button disabled={!page?.hasNextPage} onClick={() => onGo(page?.endCursor ?? undefined)}>
        {next}
      </Button>
    </nav>
  )
}
