// Reads a draft and what happens in it, without taking part.

import { useEffect, useState } from 'react'
import { type RequestProblem, isTemporary } from '../lib/request.ts'
import type { DraftLink, Person } from './link.ts'
import type { Draft } from './sync.ts'

const RETRY_MS = 2500
/** The draft is not read more often than this, however many changes are made. */
const READ_EVERY_MS = 500

export interface ReadDraft {
  /** Null if nobody has opened one. */
  draft: Draft | null | undefined
  people: readonly Person[]
  /** Why there is nothing to show. */
  problem: RequestProblem | undefined
}

export function useDraftReader(link: DraftLink): ReadDraft {
  const [draft, setDraft] = useState<Draft | null>()
  const [people, setPeople] = useState<readonly Person[]>([])
  const [problem, setProblem] = useState<RequestProblem>()
  useEffect(() => {
    let gone = false
    let known = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    let unfollow = () => {}
    const later = (ms: number) => {
      timer ??= setTimeout(() => {
        timer = undefined
        void read()
      }, ms)
    }
    const read = async () => {
      const answer = await link.read()
      if (gone) return
      if ('data' in answer) {
        known = answer.data.revision
        setDraft(answer.data)
        setProblem(undefined)
      } else if (answer.problem.code === 'NOT_FOUND') setDraft(null)
      else {
        setProblem(answer.problem)
        if (isTemporary(answer.problem.code)) later(RETRY_MS)
      }
    }
    const follow = () => {
      unfollow = link.follow({
        after: () => known,
        changed: (revision) => {
          if (revision > known) later(READ_EVERY_MS)
        },
        based: () => later(0),
        people: setPeople,
        end: () => {
          if (gone) return
          later(0)
          again = setTimeout(follow, RETRY_MS)
        },
      })
    }
    void read().then(() => {
      if (!gone) follow()
    })
    return () => {
      gone = true
      clearTimeout(timer)
      clearTimeout(again)
      unfollow()
    }
  }, [link])
  return { draft, people, problem: draft === undefined ? problem : undefined }
}
