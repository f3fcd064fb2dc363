// The file tab of the run dialog: a file is dropped or chosen here, and the server's preview is shown.

import { FileUp } from 'lucide-react'
import { type ValueInfoFragment, inOrg } from '@flowmason/graphql'
import { Button, ErrorPanel, cx, formatBytes, shortId } from '@flowmason/ui'
import { pickFile } from '../lib/files.ts'
import { FileReading } from './file-reading.tsx'
import type { FileInput } from './use-file-input.ts'

export function FilePanel({
  input,
  over,
  onTake,
  givenBy,
  tooLong,
}: {
  input: FileInput
  /** Whether a file is dragged over the dialog. */
  over: boolean
  onTake: (file: File) => void
  givenBy: string | undefined
  tooLong: ValueInfoFragment | undefined
}) {
  const { file, preview } = input
  return (
    <>
      <div
        className={cx(
          'flex items-center gap-2 rounded-float border border-dashed text-center',
          file ? 'flex-wrap justify-between px-4 py-3' : 'flex-col px-6 py-8',
          over ? 'border-copper' : 'border-line2',
        )}
      >
        <FileUp size={20} className="shrink-0 text-muted" aria-hidden="true" />
        {file ? (
          <p className="min-w-0 flex-1 text-left [overflow-wrap:anywhere]">
            <code>{file.name}</code> <span className="text-muted">{formatBytes(file.size)}</span>
          </p>
        ) : (
          <p className="text-muted">Drop a file: JSON, JSON lines, TOML, CSV or text.</p>
        )}
        <Button onClick={() => void pickFile().then((chosen) => chosen && onTake(chosen))}>
          {file ? 'Choose another' : 'Choose a file'}
        </Button>
      </div>
      {!preview && (
        <p className="pt-2 text-xs text-muted">
          An object becomes the input itself, a list becomes <code>rows</code>, text becomes <code>text</code>.
        </p>
      )}
      {input.busy && (
        <p role="status" className="pt-2 text-xs text-muted">
          Reading the file …
        </p>
      )}
      {preview && <FileReading preview={preview} />}
      {!file && (
        <p className="pt-1 text-xs text-muted">
          The character set, and the separator and header of a CSV file, are detected and shown before the run starts.
        </p>
      )}
      {tooLong && givenBy && (
        <p className="pt-3">
          The input of {shortId(givenBy)} is {formatBytes(tooLong.bytes)}, too long to be edited here.{' '}
          <a href={inOrg(tooLong.downloadUrl)} download className="underline underline-offset-2">
            Download it
          </a>
          , or press Run again on its page to reuse it unchanged.
        </p>
      )}
      {input.failed && <ErrorPanel {...input.failed} className="mt-3" />}
    </>
  )
}
