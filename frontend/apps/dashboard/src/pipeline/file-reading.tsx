// What the server reads in a file that is to be the input of a run: how it begins, and what had to be guessed.

import { TriangleAlert } from 'lucide-react'
import type { RemarkFragment } from '@flowmason/graphql'
import { Note, Ticked, formatBytes } from '@flowmason/ui'
import { count, sentenceOf } from '../lib/words.ts'
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
  const size = preview.rows === null ? formatBytes(preview.bytes) : count(preview.rows, 'row')
  return (
    <section aria-label="What is read" className="flex flex-col gap-2 pt-3">
      {preview.remarks.length > 0 && (
        <>
          <p>Some details of the file were guessed. Check them before you start the run.</p>
          <Remarks remarks={preview.remarks} />
        </>
      )}
      <p className="text-xs text-muted">Read as {size}:</p>
      <pre
        // It scrolls, so it is reached by the Tab key.
        tabIndex={0}
        role="region"
        aria-label="How the input begins"
        className="max-h-32 overflow-y-auto rounded-control border border-line2 bg-sunk px-3 py-2 font-mono text-xs break-all whitespace-pre-wrap"
      >
        {preview.start}
        {new TextEncoder().encode(preview.start).length < preview.bytes && ' …'}
      </pre>
    </section>
  )
}
