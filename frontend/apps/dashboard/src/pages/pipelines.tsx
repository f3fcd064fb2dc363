// All pipelines, each with its picture and its last run.

import { useCallback } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Trash2, Undo2, Waypoints } from 'lucide-react'
import { PipelineListDocument, type PipelineListQuery } from '@flowmason/graphql'
import { MiniCanvas } from '@flowmason/pipeline-canvas'
import {
  Ago,
  Button,
  Empty,
  ErrorPanel,
  Loading,
  SearchField,
  Skeleton,
  StatusIcon,
  StatusPill,
  toStatus,
} from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useRows } from '../lib/use-rows.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { PipelineMenu } from '../pipeline/pipeline-menu.tsx'
import { usePipelineChanges } from '../pipeline/use-pipeline-changes.ts'
import { Column, PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { ImportBox } from './import.tsx'
import { listBox } from './run-rows.tsx'

const PAGE = 30
const newLink =
  'inline-flex h-7 items-center gap-1.5 rounded-control border border-transparent bg-text px-2.5 font-medium text-bg hover:opacity-90 max-sm:h-8'

const plainLink =
  'inline-flex h-7 items-center rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise'

export function Pipelines() {
  useTitle('Pipelines')
  const search = useSearch({ from: '/shell/pipelines' })
  const navigate = useNavigate({ from: '/pipelines' })
  const list = useRows<HTMLDivElement>()
  const mayWrite = useMay('pipeline.write')
  const find = useCallback(
    (text: string) =>
      void navigate({
        search: (before) => ({ ...before, after: undefined, search: text || undefined }),
        replace: true,
      }),
    [navigate],
  )
  const answer = useAnswer(
    PipelineListDocument,
    {
      first: PAGE,
      after: search.after ?? null,
      search: search.search ?? null,
      deleted: search.deleted === true,
    },
    { keep: true },
  )
  const rows = answer.data?.pipelines.edges.map((edge) => edge.node)
  const page = answer.data?.pipelines.pageInfo
  return (
    <>
      <PageHead
        crumbs={
          search.deleted
            ? [{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: 'Deleted' }]
            : [{ label: 'Pipelines' }]
        }
        actions={
          <>
            <SearchField
              label="Find a pipeline by name"
              placeholder="Find by name"
              value={search.search ?? ''}
              onChange={find}
              className="w-48 max-sm:w-36"
            />
            {!search.deleted && (
              <Link
                to="/pipelines"
                search={{ deleted: true }}
                aria-label="Deleted pipelines"
                data-tip="Deleted pipelines"
                className="inline-flex size-7 items-center justify-center rounded-control text-muted hover:bg-raise hover:text-text"
              >
                <Trash2 size={15} aria-hidden="true" />
              </Link>
            )}
            {mayWrite && (
              <Link to="/welcome" className={newLink}>
                <Plus size={14} aria-hidden="true" /> New
              </Link>
            )}
          </>
        }
      />
      <Column wide className="flex flex-col gap-4">
        {answer.problem ? (
          <ErrorPanel title="The pipelines cannot be listed" problem={answer.problem} onRetry={answer.refetch} />
        ) : !rows ? (
          <Loading label="Loading pipelines" className={`${listBox} divide-y divide-line`}>
            {[0, 1, 2, 3].map((each) => (
              <div key={each} className="flex h-18 items-center gap-4 px-3">
                <Skeleton className="h-12 w-28 rounded-control" />
                <div className="flex-1 space-y-2">
                  <Skeleton className="h-3.5 w-40" />
                  <Skeleton className="h-3 w-72 max-w-full" />
                </div>
              </div>
            ))}
          </Loading>
        ) : rows.length > 0 ? (
          <div ref={list} className={listBox}>
            <Headings deleted={search.deleted === true} />
            <ul className="divide-y divide-line">
              {rows.map((pipeline) =>
                pipeline.deletedAt ? (
                  <DeletedRow key={pipeline.id} pipeline={pipeline} mayWrite={mayWrite} onBack={answer.refetch} />
                ) : (
                  <PipelineRow
                    key={pipeline.id}
                    pipeline={pipeline}
                    // Two of one name are told apart by their ids.
                    twin={rows.some((other) => other !== pipeline && other.name === pipeline.name)}
                    onGone={answer.refetch}
                  />
                ),
              )}
            </ul>
          </div>
        ) : search.search ? (
          <div className={listBox}>
            <Empty title="Nothing matches" action={<Button onClick={() => find('')}>Clear the search</Button>}>
              No pipeline name contains “{search.search}”.
            </Empty>
          </div>
        ) : search.deleted ? (
          <div className={listBox}>
            <Empty
              icon={<Trash2 size={22} aria-hidden="true" />}
              title="No deleted pipelines"
              action={
                <Link to="/pipelines" className={plainLink}>
                  All pipelines
                </Link>
              }
            >
              A pipeline that is deleted stays here for 30 days and can be restored.
            </Empty>
          </div>
        ) : (
          <>
            <div className={listBox}>
              <Empty
                icon={<Waypoints size={22} aria-hidden="true" />}
                title="No pipelines yet"
                action={
                  <Link to="/welcome" className={newLink}>
                    Start from an example
                  </Link>
                }
              >
                A pipeline is a file: a graph of stages. Start from an example that runs at once, or import a file of
                your own.
              </Empty>
            </div>
            <ImportBox compact />
          </>
        )}
        {(search.after || page?.hasNextPage) && (
          <nav aria-label="Pages" className="flex items-center justify-between">
            <Button
              disabled={!search.after}
              onClick={() => void navigate({ search: (before) => ({ ...before, after: undefined }) })}
            >
              First page
            </Button>
            <Button
              disabled={!page?.hasNextPage}
              onClick={() =>
                void navigate({ search: (before) => ({ ...before, after: page?.endCursor ?? undefined }) })
              }
            >
              Next page
            </Button>
          </nav>
        )}
      </Column>
    </>
  )
}

type Row = PipelineListQuery['pipelines']['edges'][number]['node']

function Headings({ deleted }: { deleted: boolean }) {
  return (
    <div
      aria-hidden="true"
      className="flex h-7 items-center gap-4 border-b border-line px-3 text-2xs text-muted max-sm:hidden"
    >
      <span className="min-w-0 flex-1">Pipeline</span>
      {deleted ? (
        <span>Restorable for 30 days</span>
      ) : (
        <>
          <span className="w-28">Last run</span>
          <span className="w-20 text-right">Requested</span>
          <span className="w-7" />
        </>
      )}
    </div>
  )
}

function PipelineRow({ pipeline, twin, onGone }: { pipeline: Row; twin: boolean; onGone: () => void }) {
  const run = pipeline.lastRun
  return (
    <li className="relative flex items-center gap-4 px-3 py-2 focus-within:bg-raise hover:bg-raise">
      <span className="flex h-14 w-32 shrink-0 items-center justify-center rounded-control border border-line bg-bg p-1.5 max-sm:hidden">
        {pipeline.latestVersion.stages.length > 0 ? (
          <MiniCanvas stages={pipeline.latestVersion.stages} className="size-full" />
        ) : (
          <span className="text-2xs text-muted">empty</span>
        )}
      </span>
      <div className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          {/* The whole row opens the pipeline; what else can be clicked lies above. */}
          <Link
            data-row
            to="/pipelines/$pipelineId"
            params={{ pipelineId: pipeline.id }}
            className="truncate font-semibold before:absolute before:inset-0 focus-visible:outline-none focus-visible:before:outline-2 focus-visible:before:-outline-offset-2 focus-visible:before:outline-copper"
          >
            {pipeline.name}
          </Link>
          {twin && (
            <code className="shrink-0 text-muted" data-testid="short-id">
              {pipeline.shortId}
            </code>
          )}
          <span className="shrink-0 text-xs text-muted">
            v{pipeline.latestVersion.number} · {count(pipeline.latestVersion.stages.length, 'stage')}
          </span>
        </span>
        <span className="line-clamp-1 text-muted">{pipeline.description || 'No description'}</span>
      </div>
      {run ? (
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          className="relative flex shrink-0 items-center gap-4 rounded-control text-xs text-muted hover:text-text"
        >
          <span className="sr-only">Last run of {pipeline.name}: </span>
          <StatusIcon status={toStatus(run.status)} size={18} className="sm:hidden" />
          <span className="sr-only sm:hidden">{run.status.toLowerCase()}</span>
          <span className="w-28 max-sm:hidden">
            <StatusPill status={toStatus(run.status)} />
          </span>
          <span className="w-20 text-right max-sm:hidden">
            <Ago at={run.createdAt} />
          </span>
        </Link>
      ) : (
        <span className="w-52 shrink-0 text-xs text-muted max-sm:hidden">never run</span>
      )}
      <span className="relative shrink-0">
        <PipelineMenu pipeline={pipeline} onGone={onGone} />
      </span>
    </li>
  )
}

function DeletedRow({ pipeline, mayWrite, onBack }: { pipeline: Row; mayWrite: boolean; onBack: () => void }) {
  const changes = usePipelineChanges({ back: onBack })
  return (
    <li className="flex min-h-14 items-center gap-4 px-3 py-2 max-sm:flex-wrap">
      <div className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <Link
            data-row
            to="/pipelines/$pipelineId"
            params={{ pipelineId: pipeline.id }}
            className="truncate font-semibold hover:underline"
          >
            {pipeline.name}
          </Link>
          <code className="shrink-0 text-muted">{pipeline.shortId}</code>
        </span>
        <span className="text-muted">
          Deleted{pipeline.deletedBy ? ` by ${pipeline.deletedBy}` : ''}{' '}
          {pipeline.deletedAt && <Ago at={pipeline.deletedAt} />}
          {pipeline.restorableUntil && (
            <>
              {' · removed for good '}
              <Ago at={pipeline.restorableUntil} />
            </>
          )}
        </span>
      </div>
      {mayWrite && (
        <Button
          busy={changes.busy}
          icon={<Undo2 size={14} aria-hidden="true" />}
          onClick={() => void changes.restore(pipeline)}
        >
          Restore
        </Button>
      )}
    </li>
  )
}
