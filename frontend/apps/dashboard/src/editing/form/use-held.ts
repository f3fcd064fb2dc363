// Holds what is typed into a field until the server has it: sends it after a pause or when the field is left.

import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Outcome } from '../edits.ts'
import {
  type Held,
  type Typed,
  idle,
  isPending,
  isReady,
  keptMine,
  known,
  left,
  meets,
  refused,
  sent,
  shownText,
  taken,
  typed,
} from './held.ts'
import { same } from './stage-value.ts'

const PAUSE_MS = 700
/** After this time, a change that the server has taken is in the value that is given here. */
const KNOWN_MS = 1000

export interface Given {
  /** The value in the draft. */
  value: unknown
  show: (value: unknown) => string
  read: (text: string) => Typed
  send: (own: Typed) => Promise<Outcome>
  /** False if it is not sent before the field is left. */
  pause?: boolean
}

export class Holder {
  private held = idle
  private given: Given
  private focused = false
  private readonly listeners = new Set<() => void>()
  private pause: ReturnType<typeof setTimeout> | undefined
  private settling: ReturnType<typeof setTimeout> | undefined

  constructor(given: Given) {
    this.given = given
  }

  readonly state = (): Held => this.held

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly give = (given: Given) => {
    this.given = given
    if (this.held.taken && !same(given.value, this.held.taken.from)) this.set(known(this.held))
  }

  /** `whole` if nothing more is typed, such as after a choice in a list. */
  readonly type = (text: string, { whole = false } = {}) => {
    this.set(typed(this.held, text, this.given.value, this.own()))
    clearTimeout(this.pause)
    if (whole) this.flush()
    else this.wait()
  }

  readonly enter = () => {
    this.focused = true
  }

  readonly leave = () => {
    this.focused = false
    this.flush()
    this.set(left(this.held, this.given.value, this.own()))
  }

  readonly flush = () => {
    clearTimeout(this.pause)
    const own = this.own()
    if (!isReady(this.held, this.given.value, own)) return
    this.set(sent(this.held, this.given.value, own))
    void this.given.send(own).then(this.land)
  }

  readonly keepMine = () => {
    this.set(keptMine(this.held, this.given.value))
    this.flush()
  }

  readonly takeTheirs = () => {
    clearTimeout(this.pause)
    this.set(idle)
  }

  private readonly land = (outcome: Outcome) => {
    if (!outcome.ok) {
      this.set(refused(this.held, outcome.message))
      return
    }
    this.set(taken(this.held))
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.set(known(this.held)), KNOWN_MS)
    if (isPending(this.held, this.own())) this.wait()
    else if (!this.focused) this.set(left(this.held, this.given.value, this.own()))
  }

  private wait() {
    if (this.given.pause !== false) this.pause = setTimeout(this.flush, PAUSE_MS)
  }

  private own(): Typed {
    return this.held.text === undefined ? { none: true } : this.given.read(this.held.text)
  }

  private set(held: Held) {
    if (held === this.held) return
    this.held = held
    for (const listener of this.listeners) listener()
  }
}

export interface HeldField {
  text: string
  /** Something is typed that is not in the draft. */
  pending: boolean
  /** Why it cannot be sent, or was not taken. */
  error: string | undefined
  /** Somebody else changed the same value: what is typed waits for a choice. */
  conflict: boolean
  type: (text: string, options?: { whole?: boolean }) => void
  enter: () => void
  leave: () => void
  /** Sends at once what is typed. */
  flush: () => void
  keepMine: () => void
  takeTheirs: () => void
}

export function useHeld(given: Given): HeldField {
  const [holder] = useState(() => new Holder(given))
  useEffect(() => holder.give(given))
  // What is typed when the form closes is sent.
  useEffect(() => () => holder.flush(), [holder])
  const held = useSyncExternalStore(holder.subscribe, holder.state)
  const { value, show, read } = given
  const own: Typed = held.text === undefined ? { none: true } : read(held.text)
  const conflict = meets(held, value, own)
  return {
    text: shownText(held, value, own, show),
    pending: isPending(held, own),
    error: 'fault' in own && isPending(held, own) ? own.fault : conflict ? undefined : held.refusal,
    conflict,
    type: holder.type,
    enter: holder.enter,
    leave: holder.leave,
    flush: holder.flush,
    keepMine: holder.keepMine,
    takeTheirs: holder.takeTheirs,
  }
}
