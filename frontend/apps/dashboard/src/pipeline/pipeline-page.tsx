// A pipeline: its canvas, the selected stage, its source, problems, versions and runs.

import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { FileUp, PenLine, Play, Undo2 } from 'lucide-react'
import {
  PipelinePageDocument,
  type PipelinePageQuery,
  PipelineVersionDocument,
  type ProblemFieldsFragment,
  RunInputDocument,
  type RunInputQuery,
  type VersionFieldsFragment,
} from '@flowmason/graphql'
import { createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas } from '@flowmason/pipeline-canvas/canvas'
import {
  Ago,
  Boundary,
  Button,
  Dialog,
  ErrorPanel,
  Loading,
  Skeleton,
  TabPanel,
  Tabs,
  loadUntilThere,
  shortId,
} from '@flowmason/ui'
import { pipelineFile, useDrop } from '../lib/files.ts'
import { later } from '../lib/later.tsx'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { mayIn } from '../lib/may.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useTitle } from '../lib/use-title.ts'
import { pipelineTabs } from '../router.tsx'
import { useHotkeys } from '../shell/hotkeys.ts'
import { PageHead } from '../shell/page.tsx'
import { useMay, useViewer } from '../shell/shell.tsx'
import { Workbench } from '../shell/workbench.tsx'
import { FileProblems } from './file-problems.tsx'
import { PipelineInspector, StageInspector } from './inspector.tsx'
import { PipelineMenu } from './pipeline-menu.tsx'
import { PipelineSkeleton } from './pipeline-skeleton.tsx'
import { Problems } from './problems.tsx'
import { RunDialog } from './run-dialog.tsx'
import type { Mark } from './source-view.tsx'
import { Suggestions } from './suggestions.tsx'
import { usePush } from './use-push.ts'
import { usePipelineChanges } from './use-pipeline-changes.ts'
import { PipelineRuns, VersionMenu, Versions } from './versions.tsx'

const SourceEditor = later(() => import('./source-editor.tsx'), 'SourceEditor')
const DraftEditor = later(() => import('../editing/draft-editor.tsx'), 'DraftEditor')
const DraftReader = later(() => import('../editing/draft-reader.tsx'), 'DraftReader')
const EnvironmentsTab = later(() => import('../publishing/environments-tab.tsx'), 'EnvironmentsTab')
const TriggersTab = later(() => import('../triggers/trigger-page.tsx'), 'TriggersTab')
const SourceView = lazy(() =>
  loadUntilThere(() => import('./source-view.tsx').then((module) => ({ default: module.SourceView }))),
)

export { ComparePage } from '../comparing/compare-page.tsx'

const NOT_FOUND_HINT = 'The URL may be incomplete, or the pipeline may belong to another organization.'

export function PipelinePage() {
  const { pipelineId } = useParams({ from: '/shell/pipelines/$pipelineId' })
  const search = useSearch({ from: '/shell/pipelines/$pipelineId' })
  const page = useAnswer(PipelinePageDocument, { id: pipelineId })
  const pipeline = page.data?.pipeline
  const old = search.version !== undefined && pipeline !== undefined && search.version !== pipeline.latestVersion.number
  const chosen = useAnswer(
    PipelineVersionDocument,
    { id: pipelineId, number: search.version ?? 0 },
    { pause: !old, requestPolicy: 'cache-first' },
  )
  const version = old ? chosen.data?.pipeline.version : pipeline?.latestVersion
  useTitle(pipeline?.name)
  const problem = page.problem ?? (old ? chosen.problem : undefined)
  if (problem) {
    return (
      <>
        <PageHead crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: shortId(pipelineId) }]} />
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorPanel
            title={problem.code === 'NOT_FOUND' ? 'Pipeline not found' : 'The pipeline could not be loaded'}
            problem={problem.code === 'NOT_FOUND' ? { ...problem, message: NOT_FOUND_HINT } : problem}
            onRetry={problem.code === 'NOT_FOUND' ? undefined : page.refetch}
            action={
              <Link
                to="/pipelines"
                className="inline-flex h-7 items-center rounded-control border border-line2 px-2.5 font-medium hover:bg-raise"
              >
                All pipelines
              </Link>
            }
          />
        </div>
      </>
    )
  }
  if (!pipeline || !version) return <PipelineSkeleton />
  return <Loaded key={pipeline.id} pipeline={pipeline} version={version} refetch={page.refetch} />
}

export type PipelineData = PipelinePageQuery['pipeline']

function Loaded({
  pipeline,
  version,
  refetch,
}: {
  pipeline: PipelineData
  version: VersionFieldsFragment
  refetch: () => void
}) {
  const search = useSearch({ from: '/shell/pipelines/$pipelineId' })
  const navigate = useNavigate({ from: '/pipelines/$pipelineId' })
  const place = { pipelineId: pipeline.id, folderId: pipeline.folder?.id }
  const mayWrite = useMay('pipeline.write', place)
  const viewer = useViewer()
  const startable = viewer ? mayIn(viewer, 'run.start', place) : []
  const mayStart = startable.length > 0
  const [store] = useState(createCanvasStore)
  const latest = version.number === pipeline.latestVersion.number
  const { stages } = version
  const stage = stages.find((each) => each.id === search.stage)
  const tab = search.tab ?? 'source'

  const select = useCallback(
    (id: string | null) =>
      void navigate({ search: (before) => ({ ...before, stage: id ?? undefined, line: undefined }), replace: true }),
    [navigate],
  )
  useEffect(() => store.setState({ selected: stage?.id ?? null }), [store, stage])
  useEffect(() => {
    // Problems are shown on the canvas as well as in the list.
    const faces = Object.fromEntries(
      version.problems
        .filter((problem) => problem.stage)
        .map((problem) => {
          const own = version.problems.filter((each) => each.stage === problem.stage)
          const status = own.some((each) => each.severity === 'ERROR') ? ('failed' as const) : ('waiting' as const)
          const n = own.length
          return [problem.stage as string, { status, figure: n === 1 ? '1 problem' : `${n} problems` }]
        }),
    )
    store.setState({ faces })
  }, [store, version])

  const open = () => void navigate({ search: (before) => ({ ...before, run: true }) })
  const close = () =>
    void navigate({ search: (before) => ({ ...before, run: undefined, from: undefined }), replace: true })
  const edit = (on: true | undefined) =>
    void navigate({ search: (before) => ({ ...before, edit: on, tab: on ? 'source' : before.tab }), replace: true })

  // Run again with edited input: the dialog starts from the input of that run.
  const earlier = useAnswer(RunInputDocument, { id: search.from ?? '' }, { pause: search.from === undefined })
  const push = usePush(pipeline.id, refetch)
  const mayChange = mayWrite && pipeline.deletedAt === null
  const editing = search.edit === true && mayChange && latest
  /** Who may not change the pipeline can see what it will be. */
  const mayLook = viewer !== undefined && !mayWrite && pipeline.deletedAt === null && latest
  const looking = search.edit === true && mayLook
  const drop = useDrop((file) => void push.take(file))
  const changes = usePipelineChanges({ back: refetch })
  const empty = pipeline.latestVersion.stages.length === 0
  useHotkeys({
    r: mayStart && pipeline.deletedAt === null && !empty ? open : undefined,
    e: mayChange && latest ? () => edit(true) : undefined,
    escape: () => select(null),
  })

  return (
    <div {...(mayChange ? drop.handlers : {})} className="relative flex min-h-0 flex-1 flex-col">
      {drop.over && (
        <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded-float border-2 border-dashed border-copper bg-panel/85">
          <p className="title">Drop the file to save it as the next version</p>
        </div>
      )}
      <PageHead
        crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' }, wide: true }, { label: pipeline.name }]}
        after={<VersionMenu pipeline={pipeline} number={version.number} />}
        actions={
          <>
            {mayChange && (
              <Button
                busy={push.busy}
                icon={<FileUp size={14} aria-hidden="true" />}
                onClick={push.choose}
                className="max-sm:hidden"
              >
                Push a version
              </Button>
            )}
            {pipeline.deletedAt === null ? (
              <PipelineMenu
                pipeline={pipeline}
                version={version}
                onGone={() => void navigate({ to: '/pipelines', search: {} })}
              />
            ) : (
              mayWrite && (
                <Button
                  busy={changes.busy}
                  icon={<Undo2 size={14} aria-hidden="true" />}
                  onClick={() => void changes.restore(pipeline)}
                >
                  Restore
                </Button>
              )
            )}
            {mayStart && pipeline.deletedAt === null && !empty && (
              <Button variant="primary" icon={<Play size={14} aria-hidden="true" />} shortcut="R" onClick={open}>
                Run
              </Button>
            )}
          </>
        }
      />
      {pipeline.deletedAt !== null && (
        <p role="status" className="border-b border-line bg-raise px-4 py-2 text-muted">
          This pipeline is deleted{pipeline.deletedBy ? ` by ${pipeline.deletedBy}` : ''}. Its runs remain available.
          {pipeline.restorableUntil && (
            <>
              {' '}
              It is removed for good <Ago at={pipeline.restorableUntil} />.
            </>
          )}
        </p>
      )}
      <Workbench
        writing={editing && tab === 'source'}
        selected={stage?.id ?? null}
        onClose={() => select(null)}
        canvas={
          <Boundary name="The canvas">
            <Canvas
              stages={stages}
              store={store}
              makeLayoutWorker={makeLayoutWorker}
              onSelect={select}
              note={!latest && <Tag>version {version.number}, not the latest</Tag>}
            />
          </Boundary>
        }
        below={
          <Tabs
            label="Pipeline"
            value={tab}
            onChange={(next) =>
              void navigate({
                search: (before) => ({ ...before, tab: pipelineTabs.find((each) => each === next) }),
                replace: true,
              })
            }
            tabs={[
              { id: 'source', label: 'Source' },
              {
                id: 'problems',
                label: 'Problems',
                count: version.problems.length,
                tone: version.problems.some((each) => each.severity === 'ERROR') ? 'fail' : undefined,
              },
              { id: 'versions', label: 'Versions', count: pipeline.versions.edges.length },
              { id: 'environments', label: 'Environments' },
              { id: 'triggers', label: 'Triggers' },
              { id: 'runs', label: 'Runs' },
            ]}
            extra={
              tab === 'source' &&
              !editing &&
              !looking &&
              (mayChange && latest ? (
                <Button
                  variant="quiet"
                  shortcut="E"
                  icon={<PenLine size={13} aria-hidden="true" />}
                  onClick={() => edit(true)}
                >
                  Edit
                </Button>
              ) : (
                mayLook && (
                  <Button variant="quiet" onClick={() => edit(true)}>
                    Show the draft
                  </Button>
                )
              ))
            }
            className="flex-1"
          >
            <TabPanel id="source">
              <Boundary name="The source">
                {editing ? (
                  <Suspense fallback={<SourceSkeleton />}>
                    <DraftEditor
                      pipelineId={pipeline.id}
                      userId={viewer?.user?.id ?? ''}
                      latest={pipeline.latestVersion.number}
                      mayRun={startable.includes('DEVELOPMENT')}
                      onChanged={refetch}
                      onClose={() => edit(undefined)}
                      fallback={
                        <Suspense fallback={<SourceSkeleton />}>
                          <SourceEditor
                            key={version.id}
                            source={version.source}
                            next={`version ${pipeline.latestVersion.number + 1}`}
                            busy={push.busy}
                            onSave={(text) => void push.store({ name: pipelineFile(pipeline.name), text })}
                            onClose={() => edit(undefined)}
                          />
                        </Suspense>
                      }
                    />
                  </Suspense>
                ) : looking ? (
                  <Suspense fallback={<SourceSkeleton />}>
                    <DraftReader pipelineId={pipeline.id} onClose={() => edit(undefined)} />
                  </Suspense>
                ) : (
                  <Source version={version} />
                )}
              </Boundary>
            </TabPanel>
            <TabPanel id="problems" className="overflow-y-auto">
              <Problems problems={version.problems} onJump={(problem) => void jump(problem)} />
              {stages.length > 0 && (
                <Suggestions
                  pipelineId={pipeline.id}
                  number={version.number}
                  onJump={(finding) => void jump(finding)}
                />
              )}
            </TabPanel>
            <TabPanel id="versions" className="overflow-y-auto">
              <Versions
                pipeline={pipeline}
                number={version.number}
                busy={push.busy}
                onMakeCurrent={mayChange ? (number) => void push.makeCurrent(number) : undefined}
              />
            </TabPanel>
            <TabPanel id="environments" className="overflow-y-auto">
              <Boundary name="The environments">
                <Suspense fallback={<SourceSkeleton />}>
                  <EnvironmentsTab
                    pipeline={pipeline}
                    versions={pipeline.versions.edges.map(({ node }) => node.number)}
                  />
                </Suspense>
              </Boundary>
            </TabPanel>
            <TabPanel id="triggers" className="overflow-y-auto">
              <Boundary name="The triggers">
                <Suspense fallback={<SourceSkeleton />}>
                  <TriggersTab pipeline={pipeline} />
                </Suspense>
              </Boundary>
            </TabPanel>
            <TabPanel id="runs" className="overflow-y-auto">
              <PipelineRuns pipelineId={pipeline.id} />
            </TabPanel>
          </Tabs>
        }
        inspector={
          <Boundary key={stage?.id ?? ''} name="The inspector">
            {stage ? (
              <StageInspector stage={stage} onSelect={select} />
            ) : (
              <PipelineInspector description={pipeline.description} version={version} />
            )}
          </Boundary>
        }
      />
      {push.refused && (
        <Dialog
          wide
          open
          onOpenChange={(stays) => !stays && push.forget()}
          title="The version was not saved"
          description={`Version ${pipeline.latestVersion.number} is still the latest.`}
          footer={
            <>
              <Button variant="quiet" onClick={() => push.forget()}>
                Close
              </Button>
              <Button
                onClick={() => {
                  push.forget()
                  push.choose()
                }}
              >
                Choose it again
              </Button>
            </>
          }
        >
          <FileProblems file={push.refused.file} problems={push.refused.problems} />
        </Dialog>
      )}
      {search.run && mayStart && (search.from === undefined || earlier.data || earlier.problem) && (
        <RunDialog
          pipelineId={pipeline.id}
          name={pipeline.name}
          version={version}
          latest={latest}
          environments={startable}
          {...(earlier.data ? givenBy(earlier.data.run) : {})}
          onClose={close}
        />
      )}
    </div>
  )

  function jump(problem: Pick<ProblemFieldsFragment, 'line'> & { stage?: string | null | undefined }) {
    return navigate({
      search: (before) => ({
        ...before,
        tab: 'source' as const,
        line: problem.line,
        stage: problem.stage ?? undefined,
      }),
    })
  }
}

/** The input of an earlier run, unless it is too long to edit. */
const givenBy = ({ id, input, inputValue }: RunInputQuery['run']) =>
  inputValue.truncated ? { givenBy: id, tooLong: inputValue } : { givenBy: id, given: input }

const Tag = ({ children }: { children: React.ReactNode }) => (
  <span className="rounded-[4px] bg-raise px-2 py-0.5 text-xs text-muted">{children}</span>
)

const SourceSkeleton = () => (
  <Loading label="Loading the source" className="flex flex-col gap-2 p-4">
    {[60, 40, 52, 36].map((width) => (
      <Skeleton key={width} className="h-3.5" />
    ))}
  </Loading>
)

function Source({ version }: { version: VersionFieldsFragment }) {
  const { stage: id, line } = useSearch({ from: '/shell/pipelines/$pipelineId' })
  const marked = useMemo((): Mark[] => {
    const stage = version.stages.find((each) => each.id === id)
    const marks: Mark[] = stage ? [{ from: stage.line, to: stage.endLine, kind: 'stage' }] : []
    if (line !== undefined) marks.unshift({ from: line, to: line, kind: 'problem' })
    return marks
      .toReversed()
      .toSorted((a, b) => (line !== undefined ? (a.kind === 'problem' ? -1 : 1) : a.from - b.from))
  }, [version, id, line])
  return (
    <Suspense fallback={<SourceSkeleton />}>
      <SourceView source={version.source} marked={marked} />
    </Suspense>
  )
}
