// What is typed into a field and is not in the draft yet. A state and what happens to it, without timers and requests
// (`use-held.ts` has those).
//
// What is typed stays until the server has taken it. If somebody else changes the same value meanwhile, nothing is sent
// until one of the two was chosen.

import { same } from './stage-value.ts'

/** What a typed text says: a value, nothing (the field is removed), or why it says neither. */
export type Typed = { value: unknown } | { none: true } | { fault: string }

export interface Held {
  /** What is typed; undefined if the field shows the draft. */
  text: string | undefined
  /** The value of the draft of which it was made. */
  base: unknown
  /** What is on its way. */
  sent: Sent | undefined
  /** What the server has taken, while the value that is given here may still be the one before. */
  taken: Sent | undefined
  refusal: string | undefined
}

interface Sent {
  value: unknown
  /** The value before. */
  from: unknown
}

export const idle: Held = { text: undefined, base: undefined, sent: undefined, taken: undefined, refusal: undefined }

/** The value that a typed text makes; undefined for none and for a text that cannot be read. */
export const valueOf = (own: Typed): unknown => ('value' in own ? own.value : undefined)

/** Whether something is typed that is not in the draft. */
export const isPending = (held: Held, own: Typed): boolean =>
  held.text !== undefined && ('fault' in own || !same(valueOf(own), held.base))

/** `before` is what the text said until now. */
export function typed(held: Held, text: string, value: unknown, before: Typed): Held {
  const current = held.taken && same(value, held.taken.from) ? held.taken.value : value
  return { ...held, text, base: isPending(held, before) ? held.base : current, refusal: undefined }
}

/** Whether somebody else changed the value that is being changed here. */
export function meets(held: Held, value: unknown, own: Typed): boolean {
  if (!isPending(held, own) || same(held.base, value)) return false
  if (held.sent && same(value, held.sent.value)) return false
  if (held.taken && same(value, held.taken.from)) return false
  return 'fault' in own || !same(valueOf(own), value)
}

/** Whether what is typed is to be sent now. */
export const isReady = (held: Held, value: unknown, own: Typed): boolean =>
  isPending(held, own) && !held.sent && held.refusal === undefined && !('fault' in own) && !meets(held, value, own)

export const sent = (held: Held, value: unknown, own: Typed): Held => ({
  ...held,
  sent: { value: valueOf(own), from: value },
})

/** The server has taken what was sent. What was typed since goes on from there. */
export const taken = (held: Held): Held =>
  held.sent ? { ...held, sent: undefined, taken: held.sent, base: held.sent.value } : held

/** The server has refused it. If somebody else changed the same, that comes with the value. */
export const refused = (held: Held, message: string): Held => ({ ...held, sent: undefined, refusal: message })

/** The value is known as it is now: it no longer counts as the one before. */
export const known = (held: Held): Held => (held.taken ? { ...held, taken: undefined } : held)

/** The field was left: it shows the draft, unless something is typed that is not in it. */
export const left = (held: Held, value: unknown, own: Typed): Held =>
  isPending(held, own) || held.sent || !same(held.base, value) ? held : idle

/** What is typed replaces the value of somebody else. */
export const keptMine = (held: Held, value: unknown): Held => ({ ...held, base: value, refusal: undefined })

/** The text that the field shows. */
export function shownText(held: Held, value: unknown, own: Typed, show: (value: unknown) => string): string {
  if (held.text === undefined) return show(value)
  const current = isPending(held, own) || same(held.base, value) || (held.taken && same(value, held.taken.from))
  return current ? held.text : show(value)
}
