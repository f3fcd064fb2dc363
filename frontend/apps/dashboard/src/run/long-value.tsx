// A value that is too long for a response: its JSON text in pages, or all of it as a tree on request. Loaded after the
// run page.

import { useState } from 'react'
import { ChevronLeft, ChevronRight, ChevronsLeft, ChevronsRight } from 'lucide-react'
import { Button, Copy, ErrorPanel, IconButton, Loading, Skeleton, formatBytes } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { DownloadButton, WholeValue } from './value-box.tsx'
import {
  PAGE_BYTES,
  RunValuePageDocument,
  type ValueInfo,
  type ValueSource,
  pageVariables,
  valueFailed,
  wholeText,
} from './value-source.ts'

/** The largest value that can be shown as a tree without slowing the page down. */
const TREE_BYTES = 24 * 1024 * 1024

export function LongValue({ title, source, info }: { title: string; source: ValueSource; info: ValueInfo }) {
  const [page, setPage] = useState(0)
  const [whole, setWhole] = useState<{ value: unknown }>()
  const [loading, setLoading] = useState(false)
  const pages = Math.ceil(info.bytes / PAGE_BYTES)
  const { data, problem, refetch } = useAnswer(RunValuePageDocument, pageVariables(source, page), { keep: true })
  const values = source.stage === undefined ? data?.run : data?.run.stage
  const text = (source.part === 'input' ? values?.inputValue : values?.outputValue)?.text.text
  const openWhole = async () => {
    setLoading(true)
    try {
      setWhole({ value: JSON.parse(await wholeText(info)) as unknown })
    } catch (reason) {
      valueFailed(reason)
    } finally {
      setLoading(false)
    }
  }
  if (whole) {
    return (
      <WholeValue
        title={title}
        value={whole.value}
        source={source}
        info={info}
        aside={
          <button type="button" onClick={() => setWhole(undefined)} className="hover:text-text">
            in pages
          </button>
        }
      />
    )
  }
  const from = page * PAGE_BYTES
  return (
    <div className="flex flex-col gap-1.5" data-testid="long-value">
      <div className="flex min-h-6 items-center gap-2 text-xs text-muted">
        <span className="flex-1 truncate">{title}</span>
        <span className="tnum">{formatBytes(info.bytes)}</span>
        <span className="flex">
          <Copy text={() => wholeText(info)} label="Copy the whole value as JSON" onFailed={valueFailed} />
          <DownloadButton source={source} info={info} />
        </span>
      </div>
      {problem ? (
        <ErrorPanel title="This page of the value could not be loaded" problem={problem} onRetry={refetch} />
      ) : (
        <div className="overflow-hidden rounded-control border border-line2 bg-sunk">
          {text === undefined ? (
            <Loading label="Loading the value" className="flex flex-col gap-2 p-3">
              <Skeleton className="h-3.5 w-full" />
              <Skeleton className="h-3.5 w-5/6" />
              <Skeleton className="h-3.5 w-2/3" />
            </Loading>
          ) : (
            <pre
              key={page}
              role="region"
              tabIndex={0}
              aria-label={`${title}, page ${page + 1} of ${pages}`}
              data-testid="long-value-page"
              className="max-h-[min(50vh,420px)] overflow-y-auto px-3 py-2.5 text-xs leading-5 break-all whitespace-pre-wrap focus-visible:-outline-offset-2"
            >
              {text}
            </pre>
          )}
          <nav
            aria-label={`Pages of the ${source.part}`}
            className="flex items-center gap-0.5 border-t border-line bg-panel px-1 py-0.5 text-xs text-muted"
          >
            <IconButton label="First page" disabled={page === 0} onClick={() => setPage(0)}>
              <ChevronsLeft size={14} aria-hidden="true" />
            </IconButton>
            <IconButton label="Previous page" disabled={page === 0} onClick={() => setPage(page - 1)}>
              <ChevronLeft size={14} aria-hidden="true" />
            </IconButton>
            <span className="tnum flex-1 text-center" aria-live="polite">
              Page {page + 1} of {pages}
              <span className="max-sm:hidden">
                {' '}
                · {formatBytes(from)} to {formatBytes(Math.min(info.bytes, from + PAGE_BYTES))}
              </span>
            </span>
            <IconButton label="Next page" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
              <ChevronRight size={14} aria-hidden="true" />
            </IconButton>
            <IconButton label="Last page" disabled={page + 1 >= pages} onClick={() => setPage(pages - 1)}>
              <ChevronsRight size={14} aria-hidden="true" />
            </IconButton>
          </nav>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2 text-xs text-muted">
        <span className="min-w-40 flex-1">Too long for one answer, so its JSON is shown in pages.</span>
        {info.bytes <= TREE_BYTES && (
          <Button busy={loading} onClick={() => void openWhole()}>
            Load the whole value
          </Button>
        )}
      </div>
    </div>
  )
}
