// Shows a value: a text as text, an object with one main text as that text with its other fields below, anything else
// as a tree. A value that is too long for a response is read in pages.

import { type ReactNode, Suspense, useState } from 'react'
import { Download } from 'lucide-react'
import { Copy, IconButton, JsonView, LongText, Skeleton, formatBytes } from '@flowmason/ui'
import { later } from '../lib/later.tsx'
import { type ValueInfo, type ValueSource, downloadValue } from './value-source.ts'

const LongValue = later(() => import('./long-value.tsx'), 'LongValue')

const MAIN = ['content', 'text', 'result', 'markdown', 'message']
/** From this size on, the header shows the size of the value. */
const SHOW_SIZE_FROM_BYTES = 4096

function mainText(value: unknown): { field: string; text: string; rest: Record<string, unknown> } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields = value as Record<string, unknown>
  for (const field of MAIN) {
    const text = fields[field]
    if (typeof text !== 'string' || text.length < 24) continue
    const { [field]: _, ...rest } = fields
    return { field, text, rest }
  }
  return undefined
}

export interface ValueBoxProps {
  title: string
  /** Absent or null with an `info` that has `truncated`: the value is too long and is read in pages. */
  value: unknown
  source: ValueSource
  info?: ValueInfo | null | undefined
  aside?: ReactNode
}

export function ValueBox({ title, value, source, info, aside }: ValueBoxProps) {
  if (info?.truncated && (value === null || value === undefined)) {
    return (
      <Suspense fallback={<Skeleton className="h-40" />}>
        <LongValue title={title} source={source} info={info} />
      </Suspense>
    )
  }
  return <WholeValue title={title} value={value} source={source} info={info} aside={aside} />
}
LongValue.preload()

export function WholeValue({ title, value, source, info, aside }: ValueBoxProps) {
  const [raw, setRaw] = useState(false)
  const text = typeof value === 'string' ? { field: title, text: value, rest: {} } : mainText(value)
  const others = text && Object.keys(text.rest).length > 0
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex min-h-6 items-center gap-2 text-xs text-muted">
        <span className="flex-1 truncate">{text && !raw ? text.field : title}</span>
        {aside}
        {info && info.bytes >= SHOW_SIZE_FROM_BYTES && <span className="tnum">{formatBytes(info.bytes)}</span>}
        {text && typeof value !== 'string' && (
          <button type="button" onClick={() => setRaw(!raw)} className="hover:text-text">
            {raw ? 'as text' : 'as JSON'}
          </button>
        )}
        <span className="flex">
          <Copy
            text={() => (text && !raw ? text.text : JSON.stringify(value, null, 2))}
            label={text && !raw ? 'Copy the text' : 'Copy as JSON'}
          />
          <DownloadButton source={source} info={info} />
        </span>
      </div>
      {text && !raw ? (
        <>
          <div className="rounded-control border border-line2 bg-sunk px-3 py-2.5 break-words whitespace-pre-wrap">
            {text.text ? <LongText text={text.text} /> : <span className="text-muted">(empty)</span>}
          </div>
          {others && (
            <div className="rounded-control border border-line2 bg-sunk p-2.5">
              <JsonView value={text.rest} />
            </div>
          )}
        </>
      ) : (
        <div className="rounded-control border border-line2 bg-sunk p-2.5">
          <JsonView value={value} />
        </div>
      )}
    </div>
  )
}

export function DownloadButton({ source, info }: { source: ValueSource; info: ValueInfo | null | undefined }) {
  return (
    <IconButton
      label="Download as JSON"
      className="size-6"
      onClick={() => void downloadValue(source, info ?? undefined)}
    >
      <Download size={13} aria-hidden="true" />
    </IconButton>
  )
}
