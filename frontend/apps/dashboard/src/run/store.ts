// The run that is on the screen: events arrive in any number and are taken in once per frame.

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
  /** The last event taken in or waiting to be. */
  seq: () => number
  push: (message: RunMessage) => void
  stop: () => void
}

/** A hidden page gets no frames; its events are taken in by the clock instead. */
function nextFrame(work: () => void): () => void {
  if (document.hidden) {
    const timer = setTimeout(work, 250)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(work)
  return () => cancelAnimationFrame(frame)
}

export function createRunFeed(): RunFeed {
  const store = createStore<LiveRun>(() => ({ run: emptyRun, texts: {} }))
  let events: JournalEvent[] = []
  let chunks: Chunk[] = []
  let last = 0
  let cancel: (() => void) | undefined

  const flush = () => {
    cancel = undefined
    const [freshEvents, freshChunks] = [events, chunks]
    events = []
    chunks = []
    store.setState((before) => {
      let texts = before.texts
      if (freshChunks.length > 0) {
        const next: Record<string, TokenText> = { ...texts }
        for (const chunk of freshChunks) next[chunk.address] = applyChunk(next[chunk.address], chunk)
        texts = next
      }
      return { run: applyEvents(before.run, freshEvents), texts }
    })
  }

  return {
    store,
    seq: () => last,
    push(message) {
      if (message.__typename === 'RunEvent') {
        if (message.seq <= last) return
        last = message.seq
        events.push(message)
      } else chunks.push(message)
      cancel ??= nextFrame(flush)
    },
    stop: () => cancel?.(),
  }
}
