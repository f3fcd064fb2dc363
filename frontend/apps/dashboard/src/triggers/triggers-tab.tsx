// The triggers of a pipeline: the state of each, when it fires, and its last firing.

import { useState } from 'react'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, TriangleAlert, Zap } from 'lucide-react'
import { PipelineTriggersDocument, type PipelineTriggersQuery } from '@flowmason/graphql/triggers'
import { Ago, Button, Empty, ErrorPanel, Loading, Skeleton, StatusPill, Ticked } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useInViewport } from '../lib/use-in-viewport.ts'
import { usePoll } from '../lib/use-poll.ts'
import { EnvironmentTag } from '../publishing/environment-tag.tsx'
import { useViewer } from '../shell/shell.tsx'
import { triggerRights } from './rights.ts'
import { TriggerDialog } from './trigger-dialog.tsx'
import { firingStates, nextWords, sentence, triggerState } from './words.ts'

interface Props {
  pipeline: { id: string; folder?: { id: string } | null; deletedAt?: string | null }
}

export function TriggersTab({ pipeline }: Props) {
  const viewer = useViewer()
  const rights = triggerRights(viewer, pipeline)
  const { data, problem, refetch } = useAnswer(
    PipelineTriggersDocument,
    { id: pipeline.id, withFirings: rights.firings },
    { pause: !viewer },
  )
  const navigate = useNavigate()
  const [creating, setCreating] = useState(false)
  const triggers = data?.pipeline.triggers
  usePoll(refetch, { pause: !triggers?.some(({ enabled }) => enabled) })
  if (problem)
    return <ErrorPanel title="The triggers could not be loaded" problem={problem} onRetry={refetch} className="m-4" />
  if (!triggers)
    return (
      <Loading label="Loading the triggers" className="flex flex-col gap-3 p-4">
        <Skeleton className="h-12" />
        <Skeleton className="h-12" />
      </Loading>
    )
  const create = rights.change.length > 0 && (
    <Button icon={<Plus size={14} aria-hidden="true" />} onClick={() => setCreating(true)}>
      New trigger
    </Button>
  )
  return (
    <>
      {triggers.length === 0 ? (
        <Empty
          icon={<Zap size={20} aria-hidden="true" />}
          title="No triggers yet"
          action={create || undefined}
          className="py-8"
        >
          A trigger starts runs by itself, on a schedule. It is declared in the file, under <code>triggers</code>, or
          created here.
        </Empty>
      ) : (
        <>
          <ul aria-label="Triggers" className="divide-y divide-line border-b border-line">
            {triggers.map((trigger, index) => (
              <TriggerRow key={trigger.id} top={index * ROW_PX} pipelineId={pipeline.id} trigger={trigger} />
            ))}
          </ul>
          {create && <div className="px-4 py-3">{create}</div>}
        </>
      )}
      {creating && (
        <TriggerDialog
          pipelineId={pipeline.id}
          environments={rights.change}
          onSaved={(triggerId) =>
            void navigate({
              to: '/pipelines/$pipelineId/triggers/$triggerId',
              params: { pipelineId: pipeline.id, triggerId },
            })
          }
          onClose={() => setCreating(false)}
        />
      )}
    </>
  )
}

type Trigger = PipelineTriggersQuery['pipeline']['triggers'][number]

/** The height of a row, to determine which rows are in view at first. */
const ROW_PX = 56

function TriggerRow({ pipelineId, trigger, top }: { pipelineId: string; trigger: Trigger; top: number }) {
  const [ref, seen] = useInViewport(top)
  return (
    <li
      ref={ref}
      data-trigger={trigger.name}
      className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2"
    >
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex min-w-0 items-center gap-2">
          <Link
            data-row
            to="/pipelines/$pipelineId/triggers/$triggerId"
            params={{ pipelineId, triggerId: trigger.id }}
            className="inline-flex min-h-6 min-w-0 items-center font-medium hover:underline"
          >
            <span className="truncate">{trigger.name}</span>
          </Link>
          {seen && <EnvironmentTag environment={trigger.environment} />}
          {seen && trigger.origin === 'FILE' && <span className="shrink-0 text-xs text-muted">in the file</span>}
        </p>
        {seen && <About trigger={trigger} />}
      </div>
      {seen && <Times trigger={trigger} />}
      {seen && <StatusPill {...triggerState(trigger)} />}
    </li>
  )
}

const About = ({ trigger: { words, problem } }: { trigger: Trigger }) => (
  <>
    <p className="text-xs wrap-anywhere text-muted">
      <Ticked text={sentence(words ?? 'this server cannot read its definition')} />
    </p>
    {problem && (
      <p className="flex gap-1.5 text-xs wrap-anywhere text-fail">
        <TriangleAlert size={12} className="mt-0.5 shrink-0" aria-hidden="true" />
        <span className="min-w-0">
          <Ticked text={problem.message} />
        </span>
      </p>
    )}
  </>
)

function Times({ trigger }: { trigger: Trigger }) {
  const [next] = trigger.next
  const last = trigger.firings?.[0]
  return (
    <div className="shrink-0 text-right text-xs text-muted max-sm:text-left">
      <p>
        {next && trigger.enabled ? (
          <>
            next <Ago at={next} />
          </>
        ) : !next && trigger.kind === 'SCHEDULE' ? (
          'does not fire any more'
        ) : trigger.enabled ? (
          nextWords[trigger.kind].toLowerCase()
        ) : (
          'does not fire while it is disabled'
        )}
      </p>
      {last && (
        <p>
          last {firingStates[last.state].word.toLowerCase()} <Ago at={last.dueAt} />
        </p>
      )}
    </div>
  )
}
