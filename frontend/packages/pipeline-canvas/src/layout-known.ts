// Remembers the layouts of an editor, by what was laid out: most changes of a draft, such as moving a card, change none.

import { type MakeWorker, layoutByWorker } from './layout-client.ts'
import type { Laid, Pane, ScopeInput } from './scope.ts'

/** Each scope of a pipeline has one. */
const MOST = 100
const known = new Map<string, Promise<Laid>>()

export function layoutKnown(make: MakeWorker, input: ScopeInput, pane: Pane): Promise<Laid> {
  const key = JSON.stringify([input, pane])
  const before = known.get(key)
  known.delete(key)
  const answer = before ?? layoutByWorker(make, input, pane)
  known.set(key, answer)
  answer.catch(() => known.delete(key))
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break
    known.delete(oldest)
  }
  return answer
}
