// The stages of the version that a run executes. They never change, and there may be thousands: they are loaded in a
// separate query without the normalized cache, and kept for the most recently opened runs.

import { startTransition, useCallback, useEffect, useState } from 'react'
import { type ApiProblem, RunPlanDocument, type RunPlanQuery, toProblem } from '@flowmason/graphql'
import { api } from '../api.ts'

export type Plan = RunPlanQuery['run']['version']['stages']

const MAX_CACHED = 6
const known = new Map<string, Plan>()
const RETRY_MS = 2500

function keep(run: string, plan: Plan) {
  known.delete(run)
  known.set(run, plan)
  const oldest = known.keys().next().value
  if (known.size > MAX_CACHED && oldest !== undefined) known.delete(oldest)
}

export function usePlan(run: string): { plan: Plan | undefined; problem: ApiProblem | undefined; retry: () => void } {
  const [plan, setPlan] = useState(() => known.get(run))
  const [problem, setProblem] = useState<ApiProblem>()
  const [round, setRound] = useState(0)
  useEffect(() => {
    if (known.has(run)) return
    let gone = false
    let timer: ReturnType<typeof setTimeout> | undefined
    void api.plain
      .query(RunPlanDocument, { id: run })
      .toPromise()
      .then(({ data, error }) => {
        const stages = data?.run.version.stages
        if (stages) keep(run, stages)
        if (gone) return
        if (stages) startTransition(() => setPlan(stages))
        else if (error) {
          const found = toProblem(error)
          setProblem(found)
          if (found.code === 'OFFLINE') timer = setTimeout(() => setRound((before) => before + 1), RETRY_MS)
        }
      })
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [run, round])
  const retry = useCallback(() => {
    setProblem(undefined)
    setRound((before) => before + 1)
  }, [])
  return { plan, problem: plan ? undefined : problem, retry }
}
