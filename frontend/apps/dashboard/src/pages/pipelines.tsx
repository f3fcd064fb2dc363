// All pipelines, each with a small diagram and its last run.

import { useCallback } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Trash2, Undo2, Waypoints } from 'lucide-react'
import { PipelineListDocument, type PipelineListQuery } from '@flowmason/graphql'
import { MiniCanvas } from '@flowmason/pipeline-canvas'
import { Ago, Button, Empty, SearchField, StatusPill, Ticked, cx, toStatus } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { useDropFiles } from '../lib/files.ts'
import { useRows } from '../lib/use-rows.ts'
import { useInViewport } from '../lib/use-in-viewport.ts'
import { useTitle } from '../lib/use-title.ts'
import { count } from '../lib/words.ts'
import { PipelineMenu } from '../pipeline/pipeline-menu.tsx'
import { usePipelineChanges } from '../pipeline/use-pipeline-changes.ts'
import { FolderMenu } from '../publishing/folder-menu.tsx'
import { Column, PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { ImportResults } from './import-results.tsx'
import { ImportBox } from './import.tsx'
import { List, Pages, RowSkeletons, plainLink } from './list.tsx'
import { useImportFiles } from './use-import-files.ts'

const PAGE = 30
const newLink =
  'inline-flex h-7 items-center gap-1.5 rounded-control border border-transparent bg-text px-2.5 font-medium text-bg hover:opacity-90 max-sm:h-8'
/** The height of a row, to determine which rows are in view at first. */
const ROW_PX = 72
const picture = 'h-14 w-32 shrink-0 rounded-control border border-line bg-bg p-1.5 max-sm:hidden'

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
      folderId: search.folder ?? null,
    },
    { keep: true },
  )
  const rows = answer.data?.pipelines.edges.map((edge) => edge.node)
  const page = answer.data?.pipelines.pageInfo
  const hasBox = rows?.length === 0 && !search.search && !search.deleted && !search.folder
  const files = useImportFiles()
  const take = async (dropped: readonly File[]) => {
    if (files.left > 0) return
    const results = await files.take(dropped)
    const [first] = results
    if (results.length === 1 && first?.kind === 'stored')
      void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: first.id } })
    else if (results.some((each) => each.kind === 'stored')) answer.refetch()
  }
  const drop = useDropFiles((dropped) => void take(dropped))
  // The box accepts files itself.
  const takesFiles = mayWrite && !search.deleted && !hasBox
  return (
    <div
      {...(takesFiles ? drop.handlers : {})}
      className={cx(
        'flex min-h-0 flex-1 flex-col',
        takesFiles && drop.over && 'bg-raise outline-2 -outline-offset-4 outline-copper',
      )}
      data-testid="pipelines"
    >
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
              <FolderMenu
                chosen={search.folder}
                mayWrite={mayWrite}
                onChoose={(folder) =>
                  void navigate({ search: (before) => ({ ...before, after: undefined, folder }), replace: true })
                }
              />
            )}
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
        {files.left > 0 && (
          <p role="status" className="text-muted">
            Importing: {count(files.left, 'file')} left
          </p>
        )}
        <ImportResults results={files.results} onClose={files.clear} />
        <List
          ref={list}
          name="pipelines"
          answer={answer}
          rows={rows}
          loading={<RowSkeletons rows={4} height="h-18" front="h-14 w-32 rounded-control max-sm:hidden" />}
          empty={
            <NoPipelines
              search={search.search}
              deleted={search.deleted === true}
              folder={search.folder !== undefined}
              mayWrite={mayWrite}
              onClear={() => find('')}
            />
          }
        >
          {(pipelines) => (
            <>
              <Headings deleted={search.deleted === true} />
              <ul className="divide-y divide-line">
                {pipelines.map((pipeline, index) =>
                  pipeline.deletedAt ? (
                    <DeletedRow key={pipeline.id} pipeline={pipeline} mayWrite={mayWrite} onBack={answer.refetch} />
                  ) : (
                    <PipelineRow
                      key={pipeline.id}
                      pipeline={pipeline}
                      top={index * ROW_PX}
                      // Pipelines with the same name are distinguished by their ids.
                      twin={pipelines.some((other) => other !== pipeline && other.name === pipeline.name)}
                      onGone={answer.refetch}
                    />
                  ),
                )}
              </ul>
            </>
          )}
        </List>
        {hasBox && mayWrite && <ImportBox compact onStored={answer.refetch} />}
        <Pages
          after={search.after}
          page={page}
          words={['First page', 'Next page']}
          onGo={(after) => void navigate({ search: (before) => ({ ...before, after }) })}
        />
      </Column>
    </div>
  )
}

type Row = PipelineListQuery['pipelines']['edges'][number]['node']

function NoPipelines({
  search,
  deleted,
  folder,
  mayWrite,
  onClear,
}: {
  search: string | undefined
  deleted: boolean
  /** Whether only one folder is listed. */
  folder: boolean
  mayWrite: boolean
  onClear: () => void
}) {
  if (search)
    return (
      <Empty title="Nothing matches" action={<Button onClick={onClear}>Clear the search</Button>}>
        No pipeline name {/(^|\s)(-\S|NOT )/.test(search) ? 'matches' : 'contains'} “{search}”.
      </Empty>
    )
  if (deleted)
    return (
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
    )
  if (folder)
    return (
      <Empty
        icon={<Waypoints size={22} aria-hidden="true" />}
        title="The folder is empty"
        action={
          <Link to="/pipelines" className={plainLink}>
            All pipelines
          </Link>
        }
      >
        Move a pipeline here with “Move to a folder” in its menu.
      </Empty>
    )
  if (!mayWrite)
    return (
      <Empty icon={<Waypoints size={22} aria-hidden="true" />} title="No pipelines yet">
        Your role can view pipelines, but not create any. Whoever may, such as a developer, adds the first one.
      </Empty>
    )
  return (
    <Empty
      icon={<Waypoints size={22} aria-hidden="true" />}
      title="No pipelines yet"
      action={
        <Link to="/welcome" className={newLink}>
          Start from an example
        </Link>
      }
    >
      A pipeline is a file: a graph of stages. Start from an example that runs at once, or import a file of your own.
    </Empty>
  )
}

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

function PipelineRow({
  pipeline,
  top,
  twin,
  onGone,
}: {
  pipeline: Row
  top: number
  twin: boolean
  onGone: () => void
}) {
  const [ref, seen] = useInViewport(top)
  const { latestVersion: version, lastRun: run } = pipeline
  return (
    <li
      ref={ref}
      className="relative flex h-18 items-center gap-4 px-3 focus-within:bg-raise hover:bg-raise max-sm:h-16"
    >
      {seen &&
        (version.stages.length > 0 ? (
          <MiniCanvas stages={version.stages} className={picture} />
        ) : (
          <span className={cx(picture, 'flex items-center justify-center text-2xs text-muted')}>empty</span>
        ))}
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-2">
          {/* The whole row opens the pipeline; other controls are layered above it. */}
          <Link
            data-row
            to="/pipelines/$pipelineId"
            params={{ pipelineId: pipeline.id }}
            className="truncate font-semibold before:absolute before:inset-0 focus-visible:outline-none focus-visible:before:outline-2 focus-visible:before:-outline-offset-2 focus-visible:before:outline-copper"
          >
            {pipeline.name}
          </Link>
          {seen && twin && (
            <code className="shrink-0 text-muted" data-testid="short-id">
              {pipeline.shortId}
            </code>
          )}
          {seen && (
            <span className="shrink-0 text-xs text-muted">
              v{version.number} · {count(version.stages.length, 'stage')}
              {pipeline.folder && <span data-testid="folder"> · {pipeline.folder.name}</span>}
            </span>
          )}
        </p>
        {seen && (
          <p className="truncate text-muted">
            <Ticked text={pipeline.description || 'No description'} />
          </p>
        )}
      </div>
      {seen &&
        (run ? (
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            className="relative flex h-8 shrink-0 items-center justify-between rounded-control text-xs text-muted hover:text-text sm:w-52"
          >
            <span className="sr-only">Last run of {pipeline.name}: </span>
            <StatusPill slim status={toStatus(run.status)} />
            <Ago at={run.createdAt} className="max-sm:hidden" />
          </Link>
        ) : (
          <span className="w-52 shrink-0 text-xs text-muted max-sm:hidden">never run</span>
        ))}
      {seen && <PipelineMenu pipeline={pipeline} onGone={onGone} />}
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
