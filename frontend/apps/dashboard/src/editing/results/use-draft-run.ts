// Starts runs of the draft: saves it, asks the server, and says why nothing was started.

import { useRef, useState } from 'react'
import type { CombinedError } from 'urql'
import type { ApiProblem, ProblemFieldsFragment } from '@flowmason/graphql'
import {
  DraftProblemsDocument,
  DraftRunInputDocument,
  DraftRunsDocument,
  RunDraftDocument,
} from '@flowmason/graphql/editing'
import { toProblem } from '@flowmason/graphql'
import { toStatus } from '@flowmason/ui'
import { api } from '../../api.ts'
import { randomId } from '../../lib/random-id.ts'
import { isTemporary } from '../../lib/request.ts'
import { useChange } from '../../lib/use-change.ts'
import { isOver } from '../../run/journal.ts'
import { untilSaved } from '../saving.ts'
import type { DraftSession } from '../session.ts'
import { type ShownResults, statusOfResults } from './results.ts'
import { type Extent, extentInput, needsEarlier } from './start.ts'

const OFFLINE = 'The server cannot be reached, so nothing was started. Try again once it responds.'
const MOVED = 'Somebody has changed the draft just now. Start again to run it as it is.'

/** What a run can start from. */
export interface Start {
  /** A finished run whose results can be taken over. */
  earlier: string | undefined
  /** The input of the last run, and which run that is. */
  given: { input: unknown; run: string } | undefined
  /** The input of that run is too long to be sent from here. */
  tooLong: boolean
}

export const NO_START: Start = { earlier: undefined, given: undefined, tooLong: false }

/**
 * The results that are shown come first, because they are what one looks at. Those of another environment are not taken
 * over by a run of the draft, but their input is.
 */
export async function loadStart(
  pipelineId: string,
  shown: ShownResults,
  extent: Extent,
): Promise<Start | { problem: ApiProblem }> {
  const found = await lookFor(pipelineId, shown)
  // Whoever may start runs and not see any can run the draft as a whole.
  if ('problem' in found && found.problem.code === 'FORBIDDEN' && !needsEarlier(extent)) return NO_START
  return found
}

async function lookFor(pipelineId: string, shown: ShownResults): Promise<Start | { problem: ApiProblem }> {
  const { id, row } = shown
  const own = row?.environment === 'DEVELOPMENT' && isOver(statusOfResults(shown)) ? id : undefined
  let earlier = own
  if (earlier === undefined) {
    const { data, error } = await api.plain.query(DraftRunsDocument, { id: pipelineId }).toPromise()
    if (error) return { problem: problemOf(error) }
    const drafts = data?.pipeline.draft?.runs ?? []
    earlier = drafts.find((each) => isOver(toStatus(each.status)))?.id ?? data?.runs.edges[0]?.node.id
  }
  const from = (row ? id : undefined) ?? earlier
  if (from === undefined) return NO_START
  const { data, error } = await api.plain.query(DraftRunInputDocument, { id: from }).toPromise()
  if (error) return { problem: problemOf(error) }
  const tooLong = data?.run.inputValue.truncated === true
  return { earlier, given: data && !tooLong ? { input: data.run.input, run: from } : undefined, tooLong }
}

/** Nothing is asked again here by itself. */
function problemOf(error: CombinedError): ApiProblem {
  const problem = toProblem(error)
  return problem.code === 'OFFLINE' ? { ...problem, message: OFFLINE } : problem
}

export interface Refusal {
  problem: ApiProblem
  /** The errors of the draft, if it has any. */
  errors: readonly ProblemFieldsFragment[]
}

export interface RunRequest {
  extent: Extent
  input: unknown
  reuseFrom: string | undefined
}

export interface DraftRun {
  /** True once the run is queued. */
  start: (request: RunRequest) => Promise<boolean>
  busy: boolean
  refusal: Refusal | undefined
  clear: () => void
}

export function useDraftRun(session: DraftSession, pipelineId: string, onStarted: (run: string) => void): DraftRun {
  const change = useChange(RunDraftDocument, { inPlace: true })
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  /** After a lost answer, the same request with the same key starts no second run. */
  const unanswered = useRef<{ request: string; key: string }>(undefined)

  const ask = async ({ extent, input, reuseFrom }: RunRequest): Promise<string | Refusal> => {
    const saved = await untilSaved(session)
    if ('problem' in saved) return { problem: saved.problem, errors: [] }
    const { revision } = saved
    const asked = { pipelineId, revision, input, reuseFrom: reuseFrom ?? null, ...extentInput(extent) }
    const request = JSON.stringify(asked)
    if (unanswered.current?.request !== request) unanswered.current = { request, key: randomId() }
    const refused: ApiProblem[] = []
    const done = await change.run({ input: { ...asked, idempotencyKey: unanswered.current.key } }, (problem) =>
      refused.push(problem),
    )
    if (done) {
      unanswered.current = undefined
      return done.runDraft.run.id
    }
    const problem = refused[0] ?? { code: 'INTERNAL', message: 'The run was not started.' }
    if (isTemporary(problem.code)) {
      return { problem: { ...problem, message: problem.code === 'OFFLINE' ? OFFLINE : problem.message }, errors: [] }
    }
    unanswered.current = undefined
    if (problem.code === 'PRECONDITION_FAILED') {
      session.happen({ type: 'outdated' })
      return { problem: { code: problem.code, message: MOVED }, errors: [] }
    }
    return { problem, errors: await errorsOf(pipelineId) }
  }
  const start = async (request: RunRequest): Promise<boolean> => {
    setBusy(true)
    setRefusal(undefined)
    const answer = await ask(request)
    setBusy(false)
    if (typeof answer === 'string') {
      onStarted(answer)
      return true
    }
    setRefusal(answer)
    return false
  }
  return { start, busy, refusal, clear: () => setRefusal(undefined) }
}

async function errorsOf(pipelineId: string): Promise<readonly ProblemFieldsFragment[]> {
  const { data } = await api.plain.query(DraftProblemsDocument, { id: pipelineId }).toPromise()
  return data?.pipeline.draft?.problems.filter(({ severity }) => severity === 'ERROR') ?? []
}
