// Reads something that the cache need not know, and reads it again once the server responds.

import { useCallback, useEffect, useRef, useState } from 'react'
import { type Answer, type RequestProblem, isTemporary } from './request.ts'

const RETRY_MS = 2500

export interface Reading<Data> {
  /** As it was read last. */
  data: Data | undefined
  /** Why the last reading failed. */
  problem: RequestProblem | undefined
  refetch: () => void
  /** Changes what was read, as the server has just said it is. What is being read meanwhile is read once more. */
  change: (to: (before: Data | undefined) => Data | undefined) => void
}

export interface ReadingOptions<Data> {
  pause?: boolean
  /** How long to wait before something is read again: several changes right after each other are read once. */
  quiet?: number
  /** How long to wait before it is read for the first time. */
  first?: number
  /** Whether nothing is rendered again for what was read now. */
  isSame?: (before: Data, now: Data) => boolean
}

const never = () => false

/** `read` has to be the same as long as the same is read. */
export function useReading<Data>(
  read: () => Promise<Answer<Data>>,
  { pause = false, quiet = 0, first = 0, isSame = never }: ReadingOptions<Data> = {},
): Reading<Data> {
  const [data, setData] = useState<Data>()
  const [problem, setProblem] = useState<RequestProblem>()
  const [round, setRound] = useState(0)
  const known = useRef(false)
  const changes = useRef(0)
  useEffect(() => {
    if (pause) return
    let gone = false
    let timer: ReturnType<typeof setTimeout>
    const look = async (): Promise<void> => {
      const before = changes.current
      const answer = await read()
      if (gone) return
      // It may be older than what was changed here.
      if (before !== changes.current) return look()
      if ('data' in answer) {
        known.current = true
        setData((last) => (last !== undefined && isSame(last, answer.data) ? last : answer.data))
      } else if (isTemporary(answer.problem.code)) timer = setTimeout(() => void look(), RETRY_MS)
      setProblem('problem' in answer ? answer.problem : undefined)
    }
    timer = setTimeout(() => void look(), known.current ? quiet : first)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [read, pause, quiet, first, isSame, round])
  const refetch = useCallback(() => setRound((before) => before + 1), [])
  const change = useCallback<Reading<Data>['change']>((to) => {
    changes.current += 1
    setData(to)
  }, [])
  return { data, problem, refetch, change }
}
