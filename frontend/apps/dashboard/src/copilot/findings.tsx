// What is known of a draft without a model: what it does, and what could be better, with edits that mend it.

import { useState } from 'react'
import { Lightbulb, TriangleAlert } from 'lucide-react'
import { DraftAdviceDocument, type DraftAdviceQuery } from '@flowmason/graphql/editing'
import { Button, ErrorPanel, Loading, Note, Skeleton, Ticked } from '@flowmason/ui'
import type { Edit } from '../editing/edits.ts'
import type { DraftSession } from '../editing/session.ts'
import { useDraftReading } from '../editing/use-draft-reading.ts'
import type { Reading } from '../lib/reading.ts'
import { count } from '../lib/words.ts'

type Known = NonNullable<DraftAdviceQuery['pipeline']['draft']>
export type Finding = Known['advice'][number]

/** The rules read the whole file, so they wait until nobody has changed it for this long. */
const QUIET_MS = 1000

const adviceOf = ({ pipeline }: DraftAdviceQuery): Known | undefined => pipeline.draft ?? undefined

/** The findings of the draft at the revision that is saved. */
export const useAdvice = (pipelineId: string, revision: number, pause: boolean): Reading<Known> =>
  useDraftReading(DraftAdviceDocument, adviceOf, { pipelineId, revision, pause, quiet: QUIET_MS })

interface Props {
  reading: Reading<Known>
  /** The revision that is shown. */
  revision: number
  /** Undefined for those who may only read the draft. */
  session: DraftSession | undefined
  onStage: (stage: string) => void
}

export function Findings({ reading: { data, problem, refetch }, revision, session, onStage }: Props) {
  if (!data && problem)
    return <ErrorPanel title="The findings could not be loaded" problem={problem} onRetry={refetch} className="m-4" />
  if (!data)
    return (
      <Loading label="Loading the findings" className="flex flex-col gap-2 p-4">
        <Skeleton className="h-3.5" />
        <Skeleton className="h-3.5" />
      </Loading>
    )
  return (
    <>
      <section aria-labelledby="copilot-explanation" className="flex flex-col gap-1 border-b border-line px-4 py-3">
        <h3 id="copilot-explanation" className="font-medium">
          What the pipeline does
        </h3>
        <p className="break-words whitespace-pre-wrap">
          {data.explanation === '' ? 'It has no stages yet.' : <Ticked text={data.explanation} />}
        </p>
      </section>
      <section aria-labelledby="copilot-findings" className="px-4 py-3">
        <h3 id="copilot-findings" className="font-medium">
          What could be better
        </h3>
        <FindingList
          findings={data.advice}
          // Edits of an older revision may no longer fit.
          current={data.revision === revision}
          session={session}
          onStage={onStage}
        />
      </section>
    </>
  )
}

interface ListProps {
  findings: readonly Finding[]
  current: boolean
  session: DraftSession | undefined
  onStage: (stage: string) => void
}

export function FindingList({ findings, current, session, onStage }: ListProps) {
  const [said, setSaid] = useState<{ ok: boolean; text: string }>()
  const [busy, setBusy] = useState(false)
  const fix = async ({ edits }: Finding) => {
    if (!session) return
    setBusy(true)
    setSaid(undefined)
    // The server has made them, and checks them again.
    const outcome = await session.edit(edits as readonly Edit[])
    setBusy(false)
    setSaid(
      outcome.ok
        ? { ok: true, text: 'Fixed. Undo takes it back.' }
        : { ok: false, text: `Not fixed: ${outcome.message}` },
    )
  }
  return (
    <>
      <p className="text-xs text-muted">
        {findings.length === 0
          ? 'Nothing was found. The findings come from rules; no model is called for them.'
          : `${count(findings.length, 'finding')}, from rules. No model is called for them.`}
      </p>
      <p role="status" className="text-xs text-muted">
        {said?.ok && said.text}
      </p>
      {said && !said.ok && (
        <Note tone="fail" icon={<TriangleAlert size={14} aria-hidden="true" />} className="mt-2">
          <p role="alert">
            <Ticked text={said.text} />
          </p>
        </Note>
      )}
      <ul aria-label="Findings" className="mt-1 divide-y divide-line">
        {findings.map((finding, at) => {
          const warning = finding.severity === 'WARNING'
          const Icon = warning ? TriangleAlert : Lightbulb
          const { rule, message, stage, edits } = finding
          const about = stage ? `${rule} of ${stage}` : rule
          return (
            <li key={`${rule} ${stage ?? ''} ${at}`} className="flex items-start gap-2 py-2">
              <Icon
                size={14}
                className={warning ? 'mt-0.5 shrink-0 text-wait' : 'mt-0.5 shrink-0 text-muted'}
                aria-hidden="true"
              />
              <div className="min-w-0 flex-1">
                <p className="break-words">
                  <span className="sr-only">{warning ? 'Warning: ' : 'Suggestion: '}</span>
                  <Ticked text={message} />
                </p>
                <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
                  <code>{rule}</code>
                  {stage && (
                    <button
                      type="button"
                      onClick={() => onStage(stage)}
                      className="min-h-6 rounded-control underline underline-offset-2 hover:text-text"
                    >
                      Select {stage}
                    </button>
                  )}
                </p>
              </div>
              {session && edits.length > 0 && (
                <Button
                  aria-label={`Fix ${about}`}
                  disabled={busy || !current}
                  className="shrink-0"
                  onClick={() => void fix(finding)}
                >
                  Fix
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}
