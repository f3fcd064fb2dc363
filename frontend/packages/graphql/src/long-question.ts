// Keeps long questions out of the normalized cache.
//
// The cache names everything it keeps by the whole question: an object without an id is found under the field's name
// and its arguments, written out. A file of 100 kB as an argument would therefore be part of the name of each of its
// thousand stages. Browsers tell texts of more than 16,383 characters apart only by reading them, so that storing the
// answer would take half a minute in one piece. Such an answer is not kept.

import { type Exchange, type Operation, type OperationResult, formatDocument, makeOperation } from 'urql'
import { type Source, empty, filter, map, merge, pipe, share } from 'wonka'

/** Questions whose texts have more characters than this in all go past the cache. */
export const LONG_QUESTION = 8000

/** How many characters of text a value holds. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, each) => sum + textIn(each), 0)
}

const isLong = ({ kind, variables }: Operation): boolean => kind === 'query' && textIn(variables) > LONG_QUESTION

/** As the cache would ask it: with the names of types, so that answers have the same form. */
const named = (operation: Operation): Operation =>
  makeOperation(operation.kind, { ...operation, query: formatDocument(operation.query) })

/** The cache for all but long questions, which are asked anew each time. */
export const pastTheCache =
  (cache: Exchange): Exchange =>
  (input) =>
  (operations) => {
    const all = share(operations)
    const long = pipe(all, filter(isLong), map(named))
    let past: Source<OperationResult> = empty as Source<never>
    // Whatever answers is asked through one stream: an exchange may be joined to the next one only once.
    const forward = (asked: Source<Operation>) => {
      const answers = pipe(merge([asked, long]), input.forward, share)
      past = pipe(
        answers,
        filter(({ operation }) => isLong(operation)),
      )
      return pipe(
        answers,
        filter(({ operation }) => !isLong(operation)),
      )
    }
    const short = pipe(
      all,
      filter((operation) => !isLong(operation)),
    )
    const cached = cache({ ...input, forward })(short)
    return merge([cached, past])
  }
