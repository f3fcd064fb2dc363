// One trigger: whether it fires and as whom, when it will, what became of its last firings, and its definition.

import { type ReactNode, useState } from 'react'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { PenLine, Trash2, TriangleAlert } from 'lucide-react'
import { SetTriggerEnabledDocument, TriggerPageDocument, type TriggerPageQuery } from '@flowmason/graphql/triggers'
import {
  Ago,
  Button,
  ErrorPanel,
  JsonView,
  Loading,
  Note,
  Skeleton,
  StatusPill,
  Ticked,
  shortId,
  useNow,
  useRegion,
} from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { usePoll } from '../lib/use-poll.ts'
import { useTitle } from '../lib/use-title.ts'
import { actorWords } from '../lib/words.ts'
import { plainLink } from '../pages/list.tsx'
import { EnvironmentTag } from '../publishing/environment-tag.tsx'
import { Column, type Crumb, PageHead } from '../shell/page.tsx'
import { useViewer } from '../shell/shell.tsx'
import { Backfills } from './backfills.tsx'
import { CalendarTable } from './calendar-table.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { EnableDialog } from './enable-dialog.tsx'
import { Facts } from './facts.tsx'
import { Firings } from './firings.tsx'
import { knownZone, momentIn } from './local-time.ts'
import { triggerRights } from './rights.ts'
import { TriggerDialog } from './trigger-dialog.tsx'
import { firingStates, nextWords, sentence, triggerState } from './words.ts'

export { TriggersTab } from './triggers-tab.tsx'

const NOT_FOUND_HINT = 'It may be deleted, the URL may be incomplete, or it may belong to another organization.'

/** As many firings as the server tells; the query of the page asks for them. */
const TOLD = 200

const crumbsOf = (pipelineId: string, pipeline: string, trigger: ReactNode): Crumb[] => [
  { label: 'Pipelines', to: { to: '/pipelines' }, wide: true },
  { label: pipeline, to: { to: '/pipelines/$pipelineId', params: { pipelineId }, search: { tab: 'triggers' } } },
  { label: trigger },
]

export function TriggerPage() {
  const { pipelineId, triggerId } = useParams({ from: '/shell/pipelines/$pipelineId/triggers/$triggerId' })
  const viewer = useViewer()
  const { firings } = triggerRights(viewer, { id: pipelineId })
  const { data, problem, refetch } = useAnswer(
    TriggerPageDocument,
    { id: triggerId, withFirings: firings },
    { pause: !viewer },
  )
  const trigger = data?.trigger
  useTitle(trigger?.name, trigger?.pipeline.name)
  usePoll(refetch, { pause: !trigger?.enabled })
  if (problem) {
    const missing = problem.code === 'NOT_FOUND'
    return (
      <>
        <PageHead crumbs={crumbsOf(pipelineId, shortId(pipelineId), shortId(triggerId))} />
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorPanel
            title={missing ? 'Trigger not found' : 'The trigger could not be loaded'}
            problem={missing ? { ...problem, message: NOT_FOUND_HINT } : problem}
            onRetry={missing ? undefined : refetch}
            action={
              <Link
                to="/pipelines/$pipelineId"
                params={{ pipelineId }}
                search={{ tab: 'triggers' }}
                className={plainLink}
              >
                All triggers of the pipeline
              </Link>
            }
          />
        </div>
      </>
    )
  }
  if (!trigger)
    return (
      <>
        <PageHead crumbs={crumbsOf(pipelineId, shortId(pipelineId), 'Trigger')} />
        <Column>
          <Loading label="Loading the trigger" className="flex flex-col gap-4">
            <Skeleton className="h-16 rounded-float" />
            <Skeleton className="h-80 rounded-float" />
            <Skeleton className="h-40 rounded-float" />
          </Loading>
        </Column>
      </>
    )
  return <Loaded key={trigger.id} trigger={trigger} onChanged={refetch} />
}

type Trigger = TriggerPageQuery['trigger']

function Loaded({ trigger, onChanged }: { trigger: Trigger; onChanged: () => void }) {
  useRegion()
  const viewer = useViewer()
  const now = useNow(true, 'slow')
  const { status, word } = triggerState(trigger)
  // A newer server may have triggers of other kinds, for which there is no form here.
  const bySchedule = trigger.kind === 'SCHEDULE'
  const zone = knownZone(trigger.timezone)
  return (
    <>
      <PageHead
        crumbs={crumbsOf(trigger.pipeline.id, trigger.pipeline.name, trigger.name)}
        after={
          <span data-testid="trigger-state" className="flex items-center gap-2">
            <StatusPill status={status} word={word} />
            <EnvironmentTag environment={trigger.environment} />
          </span>
        }
        actions={<Actions trigger={trigger} />}
      />
      <Column label="Trigger" className="flex flex-col gap-8">
        {trigger.problem && (
          <Note icon={<TriangleAlert size={15} aria-hidden="true" />} tone="fail">
            <Ticked text={trigger.problem.message} />
          </Note>
        )}
        <Summary trigger={trigger} zone={zone} />
        {bySchedule && (
          <Part id="calendar" title={trigger.enabled ? 'Next firings' : 'When it would fire'}>
            <CalendarTable next={trigger.next} zone={zone} now={now} told={TOLD} />
          </Part>
        )}
        <Part id="firings" title="Last firings">
          {trigger.firings ? (
            <Firings firings={trigger.firings} zone={zone} />
          ) : (
            <p className="text-muted">Your role cannot see runs, so the firings are not listed.</p>
          )}
        </Part>
        {bySchedule && trigger.backfills && (
          <Part id="backfills" title="Back-fills">
            <Backfills
              trigger={trigger}
              backfills={trigger.backfills}
              zone={zone}
              may={triggerRights(viewer, trigger.pipeline).enable.includes(trigger.environment)}
              onChanged={onChanged}
            />
          </Part>
        )}
        <Part id="definition" title="Definition">
          {bySchedule ? (
            <Facts definition={trigger.definition} description={trigger.description ?? null} />
          ) : (
            <JsonView value={trigger.definition} />
          )}
          {trigger.origin === 'FILE' && (
            <p className="text-xs text-muted">
              The pipeline’s file declares it, under <code>triggers</code>. Change it there and push the version.
            </p>
          )}
        </Part>
      </Column>
    </>
  )
}

function Summary({ trigger, zone }: { trigger: Trigger; zone: string }) {
  const { enabled, enabledBy, enabledAt, next, firings, probe, words } = trigger
  const [first] = next
  const last = firings?.[0]
  return (
    <section aria-label="Summary" className="flex flex-col gap-1.5">
      <p className="title wrap-anywhere">
        <Ticked text={sentence(words ?? 'this server cannot read its definition')} />
      </p>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-1.5">
        <dt className="text-muted">{enabled ? 'Next' : 'It would fire'}</dt>
        <dd>
          {first ? (
            <>
              {momentIn(first, zone)} · <Ago at={first} />
            </>
          ) : (
            nextWords[trigger.kind]
          )}
        </dd>
        {firings && (
          <>
            <dt className="text-muted">Last</dt>
            <dd>
              {last ? (
                <>
                  {momentIn(last.dueAt, zone)} · {firingStates[last.state].word.toLowerCase()}
                </>
              ) : (
                'Never'
              )}
            </dd>
          </>
        )}
        {probe && (
          <>
            <dt className="text-muted">Last trial</dt>
            <dd>
              {probe.ok ? 'A run could be started' : <Ticked text={probe.detail ?? 'A run could not be started'} />} ·{' '}
              <Ago at={probe.at} />
            </dd>
          </>
        )}
        <dt className="text-muted">Runs as</dt>
        <dd>
          {enabled && enabledBy ? (
            <>
              {actorWords(enabledBy)}, who enabled it
              {enabledAt && (
                <>
                  {' '}
                  <Ago at={enabledAt} />
                </>
              )}
            </>
          ) : (
            'Whoever enables it'
          )}
        </dd>
      </dl>
    </section>
  )
}

function Actions({ trigger }: { trigger: Trigger }) {
  const navigate = useNavigate()
  const viewer = useViewer()
  const disable = useChange(SetTriggerEnabledDocument)
  const [open, setOpen] = useState<'enable' | 'change' | 'delete'>()
  const { environment, pipeline } = trigger
  const rights = triggerRights(viewer, pipeline)
  const mayEnable = rights.enable.includes(environment)
  // One that the file declares is changed there.
  const mayDelete = trigger.origin === 'PRODUCT' && rights.change.includes(environment)
  const mayChange = mayDelete && trigger.kind === 'SCHEDULE'
  const close = () => setOpen(undefined)
  const leave = () =>
    void navigate({
      to: '/pipelines/$pipelineId',
      params: { pipelineId: pipeline.id },
      search: { tab: 'triggers' },
    })
  const stop = async () => {
    if (disable.busy) return
    if (await disable.run({ input: { id: trigger.id, enabled: false } })) toast(`${trigger.name} is disabled.`)
  }
  return (
    <>
      {mayDelete && (
        <Button icon={<Trash2 size={14} aria-hidden="true" />} variant="quiet" onClick={() => setOpen('delete')}>
          Delete
        </Button>
      )}
      {mayChange && (
        <Button icon={<PenLine size={14} aria-hidden="true" />} onClick={() => setOpen('change')}>
          Change
        </Button>
      )}
      {mayEnable && (
        // One button for both, and not a disabled one meanwhile, so that it keeps the focus.
        <Button
          variant={trigger.enabled ? 'plain' : 'primary'}
          aria-busy={disable.busy || undefined}
          onClick={() => (trigger.enabled ? void stop() : setOpen('enable'))}
        >
          {trigger.enabled ? 'Disable' : 'Enable'}
        </Button>
      )}
      {open === 'enable' && <EnableDialog trigger={trigger} onClose={close} />}
      {open === 'change' && (
        <TriggerDialog pipelineId={pipeline.id} environments={[environment]} trigger={trigger} onClose={close} />
      )}
      {open === 'delete' && <DeleteDialog trigger={trigger} onDeleted={leave} onClose={close} />}
    </>
  )
}

const Part = ({ id, title, children }: { id: string; title: string; children: ReactNode }) => (
  <section aria-labelledby={`${id}-title`} className="flex flex-col gap-3">
    <h2 id={`${id}-title`} className="title">
      {title}
    </h2>
    {children}
  </section>
)
