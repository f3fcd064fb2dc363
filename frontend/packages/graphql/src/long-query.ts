// Keeps queries with long variables out of the normalized cache.
//
// The cache key of an object without an id consists of the field's name and its serialized arguments. A file of 100 kB
// as an argument would therefore be part of the key of each of its thousand stages. Browsers compare strings of more
// than 16,383 characters by their content, so storing the result would take half a minute in one task. Such a result
// is not cached.

import { type Exchange, type Operation, type OperationResult, formatDocument, makeOperation } from 'urql'
import { type Source, empty, filter, map, merge, pipe, share } from 'wonka'

/** Queries whose variables have more characters than this in total bypass the cache. */
export const LONG_QUERY_CHARS = 8000

/** The number of characters in all strings of a value. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, each) => sum + textIn(each), 0)
}

const isLong = ({ kind, variables }: Operation): boolean => kind === 'query' && textIn(variables) > LONG_QUERY_CHARS

/** Adds type names as the cache does, so that results have the same form. */
const named = (operation: Operation): Operation =>
  makeOperation(operation.kind, { ...operation, query: formatDocument(operation.query) })

/** The cache exchange for all operations except long queries, which are fetched each time. */
export const uncachedIfLong =
  (cache: Exchange): Exchange =>
  (input) =>
  (operations) => {
    const all = share(operations)
    const long = pipe(all, filter(isLong), map(named))
    let uncached: Source<OperationResult> = empty as Source<never>
    // All operations are forwarded through one stream: an exchange may be connected to the next one only once.
    const forward = (requests: Source<Operation>) => {
      const results = pipe(merge([requests, long]), input.forward, share)
      uncached = pipe(
        results,
        filter(({ operation }) => isLong(operation)),
      )
      return pipe(
        results,
        filter(({ operation }) => !isLong(operation)),
      )
    }
    const short = pipe(
      all,
      filter((operation) => !isLong(operation)),
    )
    const cached = cache({ ...input, forward })(short)
    return merge([cached, uncached])
  }
