// Reads something of a draft as it is saved, and reads it again with each revision.

import { useCallback } from 'react'
import type { TypedDocumentNode } from 'urql'
import { api } from '../api.ts'
import { type Reading, type ReadingOptions, useReading } from '../lib/reading.ts'
import { signedOut, within } from '../lib/request.ts'

interface Options<Data> extends ReadingOptions<Data> {
  pipelineId: string
  /** The revision that is saved. */
  revision: number
  /** Counts what else makes it read again. */
  changes?: number
}

const ended = signedOut(api)

/** `of` has to be the same each time; undefined if there is no draft. */
export function useDraftReading<Query, Data>(
  document: TypedDocumentNode<Query, { id: string }>,
  of: (query: Query) => Data | undefined,
  { pipelineId, revision, changes = 0, ...options }: Options<Data>,
): Reading<Data> {
  const read = useCallback(
    () => within(api.plain.query(document, { id: pipelineId }).toPromise(), ended, of),
    // Another revision is read again.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [document, of, pipelineId, revision, changes],
  )
  return useReading(read, options)
}
