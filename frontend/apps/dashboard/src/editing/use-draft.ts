// Opens the draft of a pipeline for as long as the editor is on the page.

import { useEffect, useRef, useState } from 'react'
import { type RequestProblem, isTemporary } from '../lib/request.ts'
import type { Keeper } from './kept.ts'
import type { DraftLink } from './link.ts'
import { DraftSession } from './session.ts'

const RETRY_MS = 2500

/** The draft, or why it could not be opened; `waits` if that is tried again. */
export type Opened = { session: DraftSession } | { problem: RequestProblem; waits: boolean }

/** `onBased` is called when a version was made of the draft, or taken into it. */
export function useDraft(link: DraftLink, keeper: Keeper, onBased: () => void): Opened | undefined {
  const [opened, setOpened] = useState<Opened>()
  const based = useRef(onBased)
  useEffect(() => {
    based.current = onBased
  })
  useEffect(() => {
    let gone = false
    let session: DraftSession | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const open = async () => {
      const answer = await link.open()
      if (gone) return
      if ('problem' in answer) {
        const waits = isTemporary(answer.problem.code)
        setOpened({ problem: answer.problem, waits })
        if (waits) timer = setTimeout(() => void open(), RETRY_MS)
        return
      }
      session = new DraftSession(link, answer.data, keeper, { onBased: () => based.current() })
      session.start()
      setOpened({ session })
    }
    void open()
    return () => {
      gone = true
      clearTimeout(timer)
      session?.close()
    }
  }, [link, keeper])
  return opened
}
