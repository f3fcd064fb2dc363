// A value that somebody types instead of both sides of a conflict. A text is typed as it is, everything else as JSON.

import { faultWords, isObject, readJson } from '../lib/json-text.ts'
import type { Choice, Conflict } from './three-way.ts'

/** What is picked for a conflict: a side, both, or a text that is being typed. */
export type Picked = 'mine' | 'theirs' | 'both' | { text: string }

const isText = ({ mine, theirs }: Conflict): boolean =>
  [mine, theirs].every((each) => each === undefined || typeof each === 'string')

/** The text that an own value begins with: that of the side that has one. */
export function firstText(conflict: Conflict): string {
  const value = conflict.mine ?? conflict.theirs
  return isText(conflict) ? String(value) : (JSON.stringify(value, null, 2) ?? '')
}

/** The choice that was picked, or what is wrong with what was typed. */
export function choiceOf(conflict: Conflict, picked: Picked): { choice: Choice } | { fault: string } {
  if (typeof picked !== 'object') return { choice: picked }
  if (isText(conflict)) return { choice: { value: picked.text } }
  const reading = readJson(picked.text)
  if ('fault' in reading) return { fault: faultWords(reading.fault) }
  const { value } = reading
  if (conflict.stage !== null && conflict.path.length === 0 && !(isObject(value) && value['id'] === conflict.stage))
    return { fault: `A stage is an object with the id "${conflict.stage}".` }
  return { choice: { value } }
}
