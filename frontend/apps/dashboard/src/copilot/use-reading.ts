// Reads something that the cache need not know, and reads it again once the server responds.

import { useCallback, useEffect, useRef, useState } from 'react'
import { type Answer, type DraftProblem, isTemporary } from '../editing/link.ts'

const RETRY_MS = 2500

export interface Reading<Data> {
  /** As it was read last. */
  data: Data | undefined
  /** Why the last reading failed. */
  problem: DraftProblem | undefined
  refetch: () => void
}

/** `read` has to be the same as long as the same is read. `quiet`: how long to wait before something is read again. */
export function useReading<Data>(
  read: () => Promise<Answer<Data>>,
  { pause = false, quiet = 0 }: { pause?: boolean; quiet?: number } = {},
): Reading<Data> {
  const [data, setData] = useState<Data>()
  const [problem, setProblem] = useState<DraftProblem>()
  const [round, setRound] = useState(0)
  const known = useRef(false)
  useEffect(() => {
    if (pause) return
    let gone = false
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      const answer = await read()
      if (gone) return
      if ('data' in answer) {
        known.current = true
        setData(() => answer.data)
      } else if (isTemporary(answer.problem.code)) timer = setTimeout(() => void look(), RETRY_MS)
      setProblem('problem' in answer ? answer.problem : undefined)
    }
    timer = setTimeout(() => void look(), known.current ? quiet : 0)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [read, pause, quiet, round])
  const refetch = useCallback(() => setRound((before) => before + 1), [])
  return { data, problem, refetch }
}
