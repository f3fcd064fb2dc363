// The request: what the co-pilot is to do, and in which words.

import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { RunListDocument } from '@flowmason/graphql'
import type { CopilotTask } from '@flowmason/graphql/editing'
import { Button, Field, Select, TextArea, Ticked, formatAgo, shortId, useNow } from '@flowmason/ui'
import type { RequestProblem } from '../lib/request.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { modKey } from '../shell/hotkeys.ts'
import { useMay } from '../shell/shell.tsx'
import type { Request } from './exchanges.ts'
import { requestOf, tasks, wordsOf } from './words.ts'

/** The most failed runs to choose from. */
const RUNS = 10

/** A request that is being written. */
export interface AskDraft {
  task: CopilotTask
  typed: string
  /** The failed run that was chosen. */
  run?: string | undefined
}

export const NO_REQUEST: AskDraft = { task: 'SUGGEST', typed: '' }

interface Props {
  pipelineId: string
  draft: AskDraft
  onDraft: (draft: AskDraft) => void
  asking: boolean
  /** The model writes an answer. */
  writing: boolean
  problem: RequestProblem | undefined
  /** How often the panel was opened: the focus goes to the request each time. */
  opened: number
  /** Resolves to whether the request was sent. */
  onAsk: (request: Request) => Promise<boolean>
}

export function AskForm({ pipelineId, draft, onDraft, asking, writing, problem, opened, onAsk }: Props) {
  const { task, typed, run } = draft
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (opened > 0) form.current?.querySelector('textarea')?.focus()
  }, [opened])
  const [missing, setMissing] = useState<'request' | 'run'>()
  const failed = useFailedRuns(pipelineId, task !== 'DEBUG')
  const runId = task === 'DEBUG' ? (run ?? failed.runs[0]?.id) : undefined
  const send = async () => {
    if (asking || writing) return
    const request = requestOf(task, typed)
    if (request === undefined) return setMissing('request')
    if (task === 'DEBUG' && runId === undefined) return setMissing('run')
    setMissing(undefined)
    if (!(await onAsk({ task, request, runId }))) return
    onDraft({ ...draft, typed: '' })
    // The button cannot be pressed while the model writes.
    form.current?.querySelector('textarea')?.focus()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void send()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void send()
  }
  const { hint } = wordsOf(task)
  return (
    <form
      ref={form}
      aria-label="Ask the co-pilot"
      noValidate
      onSubmit={submit}
      className="flex max-h-[60%] shrink-0 flex-col gap-2.5 overflow-y-auto border-t border-line px-4 py-3"
    >
      <Field label="Task">
        {(ids) => (
          <Select
            {...ids}
            value={task}
            onChange={(event) => onDraft({ ...draft, task: event.target.value as CopilotTask })}
          >
            {tasks.map((each) => (
              <option key={each.task} value={each.task}>
                {each.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {task === 'DEBUG' && (
        <Field
          label="Failed run"
          error={missing === 'run' && runId === undefined && 'Choose a failed run first.'}
          hint={failed.hint}
        >
          {(ids) => (
            <Select
              {...ids}
              value={runId ?? ''}
              disabled={failed.runs.length === 0}
              onChange={(event) => onDraft({ ...draft, run: event.target.value })}
            >
              {failed.runs.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.words}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field label="Request" hint={hint} error={missing === 'request' && !typed.trim() && 'Say what you want first.'}>
        {(ids) => (
          <TextArea
            {...ids}
            value={typed}
            onChange={(event) => onDraft({ ...draft, typed: event.target.value })}
            onKeyDown={onKeyDown}
          />
        )}
      </Field>
      {problem && (
        <p role="alert" className="text-xs text-fail">
          <Ticked text={problem.message} />
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="primary" busy={asking} disabled={writing} shortcut={`${modKey} Enter`}>
          Ask
        </Button>
        <span className="min-w-0 flex-1 text-xs text-muted">
          {writing ? 'The model is still writing an answer.' : 'Nothing changes until you accept what it proposes.'}
        </span>
      </div>
    </form>
  )
}

interface FailedRun {
  id: string
  words: string
}

/** The last failed runs of the pipeline, and what is to be said if there are none. */
function useFailedRuns(pipelineId: string, pause: boolean): { runs: readonly FailedRun[]; hint: string | undefined } {
  const may = useMay('run.read', { pipelineId })
  const { data, problem } = useAnswer(
    RunListDocument,
    { first: RUNS, pipelineId, status: ['FAILED'] },
    { pause: pause || !may },
  )
  const now = useNow(!pause, 'slow')
  const runs = (data?.runs.edges ?? []).map(({ node }) => ({
    id: node.id,
    words: [
      shortId(node.id),
      formatAgo(now - Date.parse(node.finishedAt ?? node.createdAt)),
      node.error?.stage && `failed at ${node.error.stage}`,
    ]
      .filter(Boolean)
      .join(' · '),
  }))
  const hint = !may
    ? 'Your role cannot view runs.'
    : problem
      ? 'The failed runs could not be loaded.'
      : data && runs.length === 0
        ? 'No run of this pipeline has failed.'
        : undefined
  return { runs, hint }
}
