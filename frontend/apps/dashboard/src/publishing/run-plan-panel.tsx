// What a run will do, before it is run, and what is new in it compared with the published version. Each is a panel that
// is closed where the dialog is short on room, and loads once it is opened.

import { type ReactNode, useState } from 'react'
import type { Environment } from '@flowmason/graphql'
import { RunPlanChangesDocument, type RunPlanChangesQuery, RunPlanDocument } from '@flowmason/graphql/publishing'
import { ErrorPanel, Loading, Skeleton, Ticked, cx } from '@flowmason/ui'
import { environmentNames } from '../lib/environment-words.ts'
import { lastRunWords, planParts } from '../lib/run-plan-words.ts'
import { type Answer, useAnswer } from '../lib/use-answer.ts'
import { useMedia } from '../lib/use-media.ts'

/** Dialogs have room for an open panel. */
const ROOMY = '(min-height: 900px)'

interface VersionOf {
  pipelineId: string
  /** The number of the version. */
  version: number
}

/** A part of a dialog that opens. */
function Panel({
  title,
  startsOpen,
  children,
  className,
}: {
  title: string
  startsOpen: boolean
  /** What it shows once it was opened. */
  children: (opened: boolean) => ReactNode
  className?: string | undefined
}) {
  const [open, setOpen] = useState(startsOpen)
  const [opened, setOpened] = useState(startsOpen)
  return (
    <details
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open)
        if (event.currentTarget.open) setOpened(true)
      }}
      className={cx('rounded-float border border-line bg-panel', className)}
    >
      <summary className="cursor-pointer rounded-control px-3 py-2 font-medium select-none">{title}</summary>
      <div className="px-3 pb-3">{children(opened)}</div>
    </details>
  )
}

/** The three states before there is something to show. */
function Loaded<Data>({
  answer,
  label,
  children,
}: {
  answer: Answer<Data>
  label: string
  children: (data: Data) => ReactNode
}) {
  if (answer.problem)
    return <ErrorPanel title={`${label} could not be loaded`} problem={answer.problem} onRetry={answer.refetch} />
  if (answer.data === undefined)
    return (
      <Loading label={`Loading: ${label}`}>
        <Skeleton className="h-12" />
      </Loading>
    )
  return children(answer.data)
}

/** What a run of the version will do. */
export function RunPlanPanel({ className, ...version }: VersionOf & { className?: string }) {
  return (
    <Panel title="What this run will do" startsOpen={false} className={className}>
      {(opened) => <RunPlanLines {...version} wanted={opened} />}
    </Panel>
  )
}

function RunPlanLines({ pipelineId, version, wanted }: VersionOf & { wanted: boolean }) {
  const answer = useAnswer(RunPlanDocument, { id: pipelineId, number: version }, { pause: !wanted })
  if (!wanted) return null
  return (
    <Loaded answer={answer} label="What this run will do">
      {({ pipeline }) => {
        const parts = planParts(pipeline.version.runPlan)
        const last = lastRunWords(pipeline.lastRun)
        if (parts.length === 0) return <p className="text-muted">It contacts nothing and reads nothing.</p>
        return (
          <div className="flex flex-col gap-2">
            <dl className="flex flex-col gap-2">
              {parts.map(({ title, lines }) => (
                <div key={title}>
                  <dt className="text-xs text-muted">{title}</dt>
                  {lines.map((line, at) => (
                    <dd key={at} className="break-words">
                      <Ticked text={line} />
                    </dd>
                  ))}
                </div>
              ))}
            </dl>
            {last && <p className="text-xs text-muted">{last}</p>}
          </div>
        )
      }}
    </Loaded>
  )
}

/** What is new in a run of the version compared with the one that is published to the environment. */
export function RunPlanChangesPanel(props: VersionOf & { environment: Environment }) {
  const roomy = useMedia(ROOMY)
  return (
    <Panel title="What is new in a run" startsOpen={roomy}>
      {(opened) => <RunPlanChangeLines {...props} wanted={opened} />}
    </Panel>
  )
}

type Change = NonNullable<RunPlanChangesQuery['pipeline']['version']['runPlanChanges']>['changes'][number]

const signs: Record<Change['kind'], { sign: string; word: string; tone: string }> = {
  NEW: { sign: '+', word: 'New:', tone: 'text-wait' },
  GONE: { sign: '−', word: 'Gone:', tone: 'text-muted' },
  CHANGED: { sign: '~', word: 'Changed:', tone: 'text-wait' },
}

function RunPlanChangeLines({
  pipelineId,
  version,
  environment,
  wanted,
}: VersionOf & { environment: Environment; wanted: boolean }) {
  const answer = useAnswer(
    RunPlanChangesDocument,
    { id: pipelineId, number: version, environment },
    // What is published may have changed since.
    { pause: !wanted, requestPolicy: 'cache-and-network' },
  )
  if (!wanted) return null
  return (
    <Loaded answer={answer} label="What is new in a run">
      {({ pipeline }) => {
        const found = pipeline.version.runPlanChanges
        const where = environmentNames[environment].toLowerCase()
        if (!found) return <p className="text-muted">Nothing is published to {where} yet, so everything is new.</p>
        if (found.changes.length === 0)
          return <p className="text-muted">A run does the same as one of version {found.against.number}.</p>
        return (
          <>
            <p className="mb-1 text-xs text-muted">Compared with version {found.against.number}</p>
            <ul className="flex max-h-48 flex-col gap-1 overflow-y-auto">
              {found.changes.map(({ kind, text }, at) => (
                <li key={at} className="flex gap-2">
                  <span aria-hidden="true" className={cx('font-mono', signs[kind].tone)}>
                    {signs[kind].sign}
                  </span>
                  <span className="min-w-0 break-words">
                    <span className="sr-only">{signs[kind].word} </span>
                    <Ticked text={text} />
                  </span>
                </li>
              ))}
            </ul>
          </>
        )
      }}
    </Loaded>
  )
}
