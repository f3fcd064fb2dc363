// A value that somebody types instead of both sides of a clash. A text is typed as it is, everything else as JSON.

import { faultWords, isObject, readJson } from '../lib/json-text.ts'
import type { Choice, Clash } from './three-way.ts'

/** What is picked for a clash: a side, both, or a text that is being typed. */
export type Picked = 'mine' | 'theirs' | 'both' | { text: string }

const isText = ({ mine, theirs }: Clash): boolean =>
  [mine, theirs].every((each) => each === undefined || typeof each === 'string')

/** The text that an own value begins with: that of the side that has one. */
export function firstText(clash: Clash): string {
  const value = clash.mine ?? clash.theirs
  return isText(clash) ? String(value) : (JSON.stringify(value, null, 2) ?? '')
}

/** The choice that was picked, or what is wrong with what was typed. */
export function choiceOf(clash: Clash, picked: Picked): { choice: Choice } | { fault: string } {
  if (typeof picked !== 'object') return { choice: picked }
  if (isText(clash)) return { choice: { value: picked.text } }
  const reading = readJson(picked.text)
  if ('fault' in reading) return { fault: faultWords(reading.fault) }
  const { value } = reading
  if (clash.stage !== null && clash.path.length === 0 && !(isObject(value) && value['id'] === clash.stage))
    return { fault: `A stage is an object with the id "${clash.stage}".` }
  return { choice: { value } }
}
