// The store of the run on the screen. Events arrive in any number and are applied once per frame. A long journal is
// folded in slices, and shown once the page has caught up with the state when it was opened.

import { type StoreApi, createStore } from 'zustand/vanilla'
import type { RunMessage } from '@flowmason/graphql'
import { type JournalEvent, type RunState, applyEvents, emptyRun } from './journal.ts'
import { type Chunk, type TokenText, applyChunk } from './tokens.ts'

export interface LiveRun {
  run: RunState
  texts: Readonly<Record<string, TokenText>>
}

export interface RunFeed {
  store: StoreApi<LiveRun>
  /** The number of the last event received, applied or not. */
  seq: () => number
  /** Sets the number of events on the server: until they have arrived, events are applied in large batches. */
  expect: (seq: number) => void
  push: (message: RunMessage) => void
  stop: () => void
}

/** The number of events folded without a pause; a slow machine does it within a frame. */
const SLICE = 300
/** While a long journal loads, received events are also applied when no more have arrived for this long. */
const PAUSE_MS = 600
/** The batch size while a long journal loads: each batch costs as much as all events before it. */
const BATCH = 5000

/** A hidden page gets no frames, so a timer is used instead. */
function nextFrame(work: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(work, 250)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(work)
  return () => cancelAnimationFrame(frame)
}

function soon(work: () => void): () => void {
  const timer = setTimeout(work)
  return () => clearTimeout(timer)
}

export function createRunFeed(): RunFeed {
  const store = createStore<LiveRun>(() => ({ run: emptyRun, texts: {} }))
  let events: JournalEvent[] = []
  let chunks: Chunk[] = []
  let last = 0
  let expected = 0
  let lastReceived = 0
  let cancel: (() => void) | undefined

  const publish = (run: RunState) => {
    const fresh = chunks
    chunks = []
    store.setState((before) => {
      if (fresh.length === 0) return { run, texts: before.texts }
      const texts: Record<string, TokenText> = { ...before.texts }
      for (const chunk of fresh) texts[chunk.address] = applyChunk(texts[chunk.address], chunk)
      return { run, texts }
    })
  }

  const flush = () => {
    cancel = undefined
    const now = performance.now()
    if (last < expected && events.length < BATCH && now - lastReceived < PAUSE_MS) {
      cancel = nextFrame(flush)
      return
    }
    const fresh = events
    events = []
    let run = store.getState().run
    const fold = (from: number) => {
      cancel = undefined
      run = applyEvents(run, fresh.slice(from, from + SLICE))
      if (from + SLICE < fresh.length) {
        cancel = soon(() => fold(from + SLICE))
        return
      }
      publish(run)
      if (events.length > 0 || chunks.length > 0) cancel = nextFrame(flush)
    }
    fold(0)
  }

  return {
    store,
    seq: () => last,
    expect(seq) {
      expected = seq
    },
    push(message) {
      if (message.__typename === 'RunEvent') {
        if (message.seq <= last) return
        last = message.seq
        lastReceived = performance.now()
        events.push(message)
      } else chunks.push(message)
      cancel ??= nextFrame(flush)
    },
    stop: () => cancel?.(),
  }
}
