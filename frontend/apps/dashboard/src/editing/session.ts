// Keeps the text here and the draft on the server the same: does what `sync.ts` says is to be done, with its timers and
// requests, and keeps what is unsaved for a reload.

import { randomId } from '../lib/random-id.ts'
import { isTemporary } from '../lib/request.ts'
import type { Edit, Outcome } from './edits.ts'
import type { Keeper } from './kept.ts'
import type { DraftFollowing, DraftLink, Person, Whereabouts } from './link.ts'
import { hindranceOf } from './saving.ts'
import {
  type Draft,
  type Flight,
  type SyncEvent,
  type SyncState,
  keptOf,
  planOf,
  restored,
  startOf,
  step,
} from './sync.ts'

/** The pause in typing after which the text is sent, and the longest time that it waits for one. */
const PAUSE_MS = 700
const LONGEST_PAUSE_MS = 3000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8000
/** A moved cursor is told after this time, and told again before the server forgets it. */
const PRESENT_SOON_MS = 300
const PRESENT_EVERY_MS = 5000
const FOLLOW_AGAIN_MS = 1500
/** The draft is not read more often than this, however many changes others make. */
const READ_EVERY_MS = 300
const KEEP_MS = 250

const waitAfter = (lost: number): number => Math.min(FIRST_WAIT_MS * 2 ** Math.min(lost, 6), LONGEST_WAIT_MS)

/** What the editor shows. */
export interface Shown {
  sync: SyncState
  people: readonly Person[]
  /** Who changed the draft last, if it was somebody else. */
  changedBy: string | undefined
  /** The changes of others cannot be read at the moment. */
  cutOff: boolean
  /** How often pins were set and removed since the draft was opened. */
  pinned?: number
}

export class DraftSession {
  private shown: Shown
  private readonly link: DraftLink
  private readonly keeper: Keeper
  private readonly listeners = new Set<() => void>()
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()
  private readonly newId: () => string
  /** Who waits for what becomes of edits, by the id of the change. */
  private readonly awaited = new Map<string, (outcome: Outcome) => void>()
  private readonly onBased: () => void
  /** The change that an answer is awaited for, or that will be sent again. */
  private sending: string | undefined
  private reading = false
  private unread = 0
  private isKept = false
  /** When what is unsaved was first typed. */
  private unsavedSince: number | undefined
  private at: Whereabouts = { stage: null, field: null }
  private unfollow = () => {}
  private open = false

  constructor(
    link: DraftLink,
    draft: Draft,
    keeper: Keeper,
    { newId = randomId, onBased = () => {} }: { newId?: () => string; onBased?: () => void } = {},
  ) {
    this.link = link
    this.keeper = keeper
    this.newId = newId
    this.onBased = onBased
    const kept = keeper.read()
    this.isKept = kept !== undefined
    const sync = kept ? restored(kept, draft) : startOf(draft)
    this.shown = { sync, people: [], changedBy: undefined, cutOff: false }
  }

  /** Begins to follow the draft and to save. */
  start() {
    this.open = true
    this.follow()
    this.tell()
    window.addEventListener('online', this.onOnline)
    window.addEventListener('pagehide', this.keep)
    this.act()
  }

  /** Sends what is unsaved. Without an answer, it is sent again when the draft is opened the next time. */
  close() {
    this.flush()
    this.open = false
    this.sending = undefined
    this.reading = false
    this.keep()
    this.unfollow()
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    window.removeEventListener('online', this.onOnline)
    window.removeEventListener('pagehide', this.keep)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly state = (): Shown => this.shown

  readonly happen = (event: SyncEvent) => {
    const next = step(this.shown.sync, event)
    if (next !== this.shown.sync) this.show({ sync: next })
    this.settle(event)
    if (!this.open) {
      this.keep()
      return
    }
    if (!keptOf(this.shown.sync)) this.keep()
    else if (!this.timers.has('keep')) this.after('keep', KEEP_MS, this.keep)
    this.act()
  }

  /**
   * Makes edits to the draft, after what is typed and not saved yet. Without a connection they wait, and are made once
   * there is one.
   */
  readonly edit = (edits: readonly Edit[]): Promise<Outcome> => {
    if (edits.length === 0) return Promise.resolve({ ok: true })
    const hindrance = hindranceOf(this.shown.sync)?.message
    if (hindrance) return Promise.resolve({ ok: false, message: hindrance })
    const changeId = this.newId()
    const outcome = new Promise<Outcome>((resolve) => this.awaited.set(changeId, resolve))
    this.happen({ type: 'edited', changeId, edits })
    this.flush()
    return outcome
  }

  /** Sends at once what is unsaved. */
  readonly flush = () => {
    this.stop('pause')
    if (planOf(this.shown.sync).pause) this.happen({ type: 'paused', changeId: this.newId() })
  }

  /** Says where one is, to those who have the draft open too. */
  readonly moveTo = (at: Whereabouts) => {
    if (at.stage === this.at.stage && at.field === this.at.field) return
    this.at = at
    if (this.open) this.after('present', PRESENT_SOON_MS, this.tell)
  }

  /** Tells those who wait what became of their edits. */
  private settle(event: SyncEvent) {
    if (this.awaited.size === 0) return
    const { sync } = this.shown
    if (event.type === 'answered' && event.meetings.length > 0) {
      const message = 'Somebody else changed the same place, so your change was not made.'
      this.settleOne(event.changeId, { ok: false, message, meetings: event.meetings })
    } else if (event.type === 'answered') this.settleOne(event.changeId, { ok: true })
    else if (event.type === 'refused' && !sync.unknown) {
      const { message, field } = event
      this.settleOne(event.changeId, { ok: false, message, field })
    }
    const hindrance = hindranceOf(sync)?.message
    if (!hindrance || sync.flight?.kind === 'edits') return
    const waiting = [...this.awaited.keys()]
    if (waiting.length === 0) return
    this.show({ sync: step(sync, { type: 'dropped' }) })
    for (const changeId of waiting) this.settleOne(changeId, { ok: false, message: hindrance })
  }

  private settleOne(changeId: string, outcome: Outcome) {
    const settle = this.awaited.get(changeId)
    if (!settle) return
    this.awaited.delete(changeId)
    // Whoever waits for it says it where it was done.
    if (!outcome.ok) this.show({ sync: step(this.shown.sync, { type: 'noticed' }) })
    settle(outcome)
  }

  private readonly keep = () => {
    const kept = keptOf(this.shown.sync)
    if (!kept && !this.isKept) return
    this.keeper.write(kept)
    this.isKept = kept !== undefined
  }

  private show(part: Partial<Shown>) {
    this.shown = { ...this.shown, ...part }
    for (const listener of this.listeners) listener()
  }

  private after(name: string, ms: number, run: () => void) {
    this.stop(name)
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name)
        run()
      }, ms),
    )
  }

  private stop(name: string) {
    clearTimeout(this.timers.get(name))
    this.timers.delete(name)
  }

  /** Does what is to be done and is not being done yet. */
  private readonly act = () => {
    const { send, read, pause } = planOf(this.shown.sync)
    if (send && this.sending !== send.changeId) void this.send(send)
    if (read && !this.reading && !this.timers.has('read')) void this.read()
    if (!pause) {
      this.stop('pause')
      this.unsavedSince = undefined
      return
    }
    // What was done otherwise than by typing is not likely to go on.
    if (this.shown.sync.wanted.length > 0) {
      this.after('pause', 0, this.flush)
      return
    }
    this.unsavedSince ??= Date.now()
    const left = LONGEST_PAUSE_MS - (Date.now() - this.unsavedSince)
    this.after('pause', Math.max(0, Math.min(PAUSE_MS, left)), this.flush)
  }

  private async send(flight: Flight) {
    const { changeId } = flight
    this.sending = changeId
    const answer = await this.link.send(flight)
    if ('data' in answer) {
      // After the editor was closed, too: then it need not be sent again by the next one.
      if (this.sending === changeId) this.sending = undefined
      this.happen({ type: 'answered', changeId, draft: answer.data.draft, meetings: answer.data.meetings })
      return
    }
    if (!this.open || this.sending !== changeId) return
    const { code, field, message } = answer.problem
    if (!isTemporary(code)) {
      this.sending = undefined
      this.happen({ type: 'refused', changeId, code, field, message })
      return
    }
    this.after('send', waitAfter(flight.lost), this.sendAgain)
    this.happen({ type: 'lost', changeId })
  }

  private readonly sendAgain = () => {
    this.stop('send')
    this.sending = undefined
    this.act()
  }

  private async read() {
    this.reading = true
    const answer = await this.link.read()
    this.reading = false
    if (!this.open) return
    if ('data' in answer) {
      this.unread = 0
      this.after('read', READ_EVERY_MS, this.act)
      if (this.shown.cutOff) this.show({ cutOff: false })
      this.happen({ type: 'read', draft: answer.data })
      return
    }
    this.after('read', waitAfter(this.unread), this.act)
    this.unread += 1
    this.show({ cutOff: true })
  }

  private readonly onOnline = () => {
    if (this.timers.has('send')) this.sendAgain()
    this.stop('read')
    this.act()
  }

  private readonly tell = () => {
    if (!document.hidden) this.link.present(this.at)
    this.after('present', PRESENT_EVERY_MS, this.tell)
  }

  private readonly follow = () => {
    const following: DraftFollowing = {
      after: () => this.shown.sync.heard,
      changed: (revision, by) => {
        if (!by.own && revision > this.shown.sync.heard) this.show({ changedBy: by.name })
        this.happen({ type: 'heard', revision })
      },
      based: () => {
        this.onBased()
        this.happen({ type: 'outdated' })
      },
      pinned: () => this.show({ pinned: (this.shown.pinned ?? 0) + 1 }),
      people: (people) => this.show({ people }),
      // The draft is read before it is followed again: perhaps the log no longer has what comes next.
      end: () => {
        if (!this.open) return
        this.after('follow', FOLLOW_AGAIN_MS, this.follow)
        this.happen({ type: 'outdated' })
      },
    }
    this.unfollow = this.link.follow(following)
  }
}
