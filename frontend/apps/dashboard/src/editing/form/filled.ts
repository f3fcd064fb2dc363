// Asks the server what the texts of the form come to, without timers of React: a field says what it has, and is asked
// for after a pause, together with the others. Typing on cancels what is on its way.

/** What a text comes to, as the server says it. */
export interface FilledText {
  /** Whether there is something to fill in. */
  computed: boolean
  value?: string | null | undefined
  json: boolean
  truncated: boolean
  missing: readonly string[]
  problem?: FilledProblem | null | undefined
}

export interface FilledProblem {
  message: string
  suggestion?: string | null | undefined
  /** In characters, not in units of UTF-16. */
  offset: number
  length: number
  inText: boolean
}

export interface Wanted {
  text: string
  /** The input of the component, by its own name. */
  field?: string | undefined
}

/** What is known of a field. */
export interface Known {
  wanted: Wanted
  /** The text that the answer is about: while somebody types, an earlier one. */
  of?: string
  answer?: FilledText
}

/** Answers in the order of the texts; undefined if there is none. Calls back once, unless it is cancelled. */
export type Ask = (
  texts: readonly Wanted[],
  run: string | undefined,
  done: (found: readonly FilledText[] | undefined) => void,
) => () => void

export const PAUSE_MS = 700

/** The most texts of one request. */
export const MOST = 50

/** After a request without an answer, it is asked again after this time, and later each time. */
export const RETRY_MS = 2500
const LONGEST_RETRY_MS = 60_000

export class Filler {
  private readonly fields = new Map<string, Known>()
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private cancel: (() => void) | undefined
  private run: string | undefined
  private off = false
  /** How many requests in a row had no answer. */
  private failed = 0
  /** Counts what was cancelled: answers to that come too late. */
  private stopped = 0

  constructor(private ask: Ask) {}

  /** Asks in another way: the stage has another id, for example. */
  readonly askWith = (ask: Ask) => {
    this.ask = ask
    this.again()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly known = (key: string): Known | undefined => this.fields.get(key)

  /** Whether any field has something that can be filled in. */
  readonly hasAny = (): boolean => this.fields.size > 0

  /** What a field has now. */
  readonly want = (key: string, wanted: Wanted) => {
    const before = this.fields.get(key)
    if (before?.wanted.text === wanted.text && before.wanted.field === wanted.field) return
    this.fields.set(key, { ...before, wanted })
    this.tell()
    this.wait()
  }

  readonly drop = (key: string) => {
    if (this.fields.delete(key)) this.tell()
  }

  /** Another run; `undefined` is the last one that succeeded. */
  readonly use = (run: string | undefined) => {
    this.run = run
    this.again()
  }

  /** All is asked for again, since the draft has changed. */
  readonly again = () => {
    for (const [key, { wanted, answer }] of this.fields) this.fields.set(key, answer ? { wanted, answer } : { wanted })
    this.wait()
  }

  /** Shows no values, and asks for none. */
  readonly turn = (on: boolean) => {
    this.off = !on
    if (on) this.wait()
    else this.stop()
    this.tell()
  }

  readonly isOff = (): boolean => this.off

  readonly stop = () => {
    this.stopped += 1
    clearTimeout(this.timer)
    this.cancel?.()
    this.cancel = undefined
  }

  private wait() {
    this.stop()
    this.failed = 0
    if (!this.off) this.timer = setTimeout(this.send, PAUSE_MS)
  }

  private readonly send = () => {
    const open = [...this.fields].filter(([, { wanted, of }]) => of !== wanted.text).slice(0, MOST)
    if (open.length === 0) return
    const texts = open.map(([, { wanted }]) => wanted)
    const before = this.stopped
    this.cancel = this.ask(texts, this.run, (found) => {
      if (before !== this.stopped) return
      this.cancel = undefined
      if (!found) {
        this.timer = setTimeout(this.send, Math.min(RETRY_MS * 2 ** this.failed, LONGEST_RETRY_MS))
        this.failed += 1
        return
      }
      this.failed = 0
      for (const [at, [key, { wanted }]] of open.entries()) {
        const answer = found[at]
        // A field may be gone, or have another text by now.
        if (this.fields.get(key)?.wanted !== wanted) continue
        this.fields.set(key, answer ? { wanted, of: wanted.text, answer } : { wanted, of: wanted.text })
      }
      this.tell()
      // One request does not ask for all if there are very many.
      this.send()
    })
  }

  private tell() {
    for (const listener of this.listeners) listener()
  }
}

/** Inputs that are expressions as a whole. The server knows for sure; this says what it is asked for. */
export const isExpression = (name: string): boolean => /(?:^|_)(?:condition|having|expression)$/.test(name)

/** A part of a text as offsets in units of UTF-16, for one in characters. At the end, it is the last character. */
export function rangeOf(text: string, { offset, length }: Pick<FilledProblem, 'offset' | 'length'>): [number, number] {
  const letters = [...text]
  const from = Math.min(offset, Math.max(0, letters.length - 1))
  const until = Math.min(letters.length, Math.max(from + 1, offset + length))
  const start = letters.slice(0, from).join('').length
  return [start, start + letters.slice(from, until).join('').length]
}
