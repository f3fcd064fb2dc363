// The server's preview of an input file: its beginning as a table, a text or JSON, and everything that was guessed.

import { useMemo } from 'react'
import { TriangleAlert } from 'lucide-react'
import type { RemarkFragment } from '@flowmason/graphql'
import { Note, Ticked, formatBytes } from '@flowmason/ui'
import { inLines, tableOf, textOf } from '../lib/input-start.ts'
import { count, sentenceOf } from '../lib/words.ts'
import { InputTable, MismatchedValues } from './input-table.tsx'
import type { InputPreview } from './use-file-input.ts'

export function Remarks({ remarks }: { remarks: readonly RemarkFragment[] }) {
  return (
    <ul className="flex flex-col gap-2">
      {remarks.map((remark, index) => (
        <li key={index}>
          <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />}>
            {remark.place && !remark.message.includes(remark.place) && (
              <span className="text-muted">
                <Ticked text={remark.place} />:{' '}
              </span>
            )}
            <Ticked text={sentenceOf(remark.message)} />
          </Note>
        </li>
      ))}
    </ul>
  )
}

export function FileReading({ preview }: { preview: InputPreview }) {
  const { start, bytes, rows } = preview
  const table = useMemo(() => (rows === null ? undefined : tableOf(start)), [start, rows])
  return (
    <section aria-label="What is read" className="flex flex-col gap-2 pt-3">
      {preview.remarks.length > 0 && (
        <>
          <p>Some details of the file were guessed. Check them before you start the run.</p>
          <Remarks remarks={preview.remarks} />
        </>
      )}
      <p className="text-xs text-muted">
        {table ? (
          <>
            Read as {count(rows ?? 0, 'row')} and {count(table.columns.length, 'column')}, in the field{' '}
            <code>rows</code>
            {rows !== table.rows.length && `. The first ${count(table.rows.length, 'row')}`}:
          </>
        ) : (
          <>Read as {rows === null ? formatBytes(bytes) : count(rows, 'row')}:</>
        )}
      </p>
      <div
        // It scrolls, so it must be reachable with the Tab key.
        tabIndex={0}
        role="region"
        aria-label="How the input begins"
        className="max-h-72 overflow-auto rounded-control border border-line2 bg-sunk"
      >
        {table ? <InputTable table={table} /> : <Text start={start} bytes={bytes} />}
      </div>
      {table && <MismatchedValues table={table} />}
    </section>
  )
}

/** A text unchanged, anything else as indented JSON; cut off where the server cut it. */
function Text({ start, bytes }: { start: string; bytes: number }) {
  const shown = useMemo(() => textOf(start) ?? inLines(start), [start])
  const cut = new TextEncoder().encode(start).length < bytes
  return (
    <pre className="px-3 py-2 font-mono text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">
      {shown}
      {cut && ' …'}
    </pre>
  )
}
