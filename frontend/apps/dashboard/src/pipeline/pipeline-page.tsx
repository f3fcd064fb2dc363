// A pipeline: its canvas, the selected stage, the source beside it, problems, versions, runs.

import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ChevronDown, FileUp, Play } from 'lucide-react'
import {
  PipelinePageDocument,
  type PipelinePageQuery,
  PipelineVersionDocument,
  type ProblemFieldsFragment,
  PushVersionDocument,
  RunListDocument,
  ValidateDocument,
  type VersionFieldsFragment,
} from '@flowmason/graphql'
import { useClient } from 'urql'
import { createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas, CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import {
  Ago,
  Boundary,
  Button,
  Dialog,
  Empty,
  ErrorPanel,
  Loading,
  Menu,
  MenuItem,
  Skeleton,
  TabPanel,
  Tabs,
  cx,
  shortId,
} from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { type TextFile, pickFile, readTextFile, useDrop } from '../lib/files.ts'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'
import { useTitle } from '../lib/use-title.ts'
import { RunRows, RunRowsSkeleton } from '../pages/run-rows.tsx'
import { pipelineTabs } from '../router.tsx'
import { useHotkeys } from '../shell/hotkeys.ts'
import { PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { Workbench } from '../shell/workbench.tsx'
import { FileProblems } from './file-problems.tsx'
import { PipelineInspector, StageInspector } from './inspector.tsx'
import { Problems } from './problems.tsx'
import { RunDialog } from './run-dialog.tsx'
import type { Mark } from './source-view.tsx'

const SourceView = lazy(() => import('./source-view.tsx').then((module) => ({ default: module.SourceView })))

const NOBODYS = 'The address may be incomplete, or the pipeline may belong to another organization.'

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
            title={problem.code === 'NOT_FOUND' ? 'There is no such pipeline' : 'The pipeline cannot be shown'}
            problem={problem.code === 'NOT_FOUND' ? { ...problem, message: NOBODYS } : problem}
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
  if (!pipeline || !version) return <PageSkeleton />
  return <Loaded key={pipeline.id} pipeline={pipeline} version={version} refetch={page.refetch} />
}

type PipelineData = PipelinePageQuery['pipeline']

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
  const mayWrite = useMay('pipeline.write')
  const mayStart = useMay('run.start')
  const [store] = useState(createCanvasStore)
  const latest = version.number === pipeline.latestVersion.number
  const stage = version.stages.find((each) => each.id === search.stage)
  const tab = search.tab ?? 'source'

  const select = useCallback(
    (id: string | null) =>
      void navigate({ search: (before) => ({ ...before, stage: id ?? undefined, line: undefined }), replace: true }),
    [navigate],
  )
  useEffect(() => store.setState({ selected: stage?.id ?? null }), [store, stage])
  useEffect(() => {
    // What is wrong is seen on the canvas as well as in the list.
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
  const close = () => void navigate({ search: (before) => ({ ...before, run: undefined }), replace: true })
  useHotkeys({ r: mayStart ? open : undefined, escape: () => select(null) })

  const client = useClient()
  const push = useChange(PushVersionDocument)
  const [refused, setRefused] = useState<{ file: TextFile; problems: readonly ProblemFieldsFragment[] }>()
  const choose = () => void pickFile('.json,application/json').then((file) => file && take(file))
  const take = async (file: File) => {
    try {
      const read = await readTextFile(file)
      const { text } = read
      // Asked first, so that everything that is wrong is said with its place and not as one sentence.
      const { data } = await client
        .query(ValidateDocument, { source: text }, { requestPolicy: 'network-only' })
        .toPromise()
      if (data && !data.validatePipeline.valid) {
        setRefused({ file: read, problems: data.validatePipeline.problems })
        return
      }
      const done = await push.run({ input: { pipelineId: pipeline.id, source: text } })
      if (!done) return
      refetch()
      const { created, version: made } = done.pushPipelineVersion
      toast(created ? `Version ${made.number} is saved.` : `Nothing changed: the file is version ${made.number}.`)
      void navigate({ search: { tab: 'versions' } })
    } catch (reason) {
      toast.error((reason as Error).message)
    }
  }
  const drop = useDrop((file) => void take(file))

  return (
    <div {...(mayWrite ? drop.handlers : {})} className="relative flex min-h-0 flex-1 flex-col">
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
            {mayWrite && (
              <Button
                busy={push.busy}
                icon={<FileUp size={14} aria-hidden="true" />}
                onClick={choose}
                className="max-sm:hidden"
              >
                Push a version
              </Button>
            )}
            {mayStart && (
              <Button variant="primary" icon={<Play size={14} aria-hidden="true" />} shortcut="R" onClick={open}>
                Run
              </Button>
            )}
          </>
        }
      />
      <Workbench
        selected={stage?.id ?? null}
        onClose={() => select(null)}
        canvas={
          <Boundary name="The canvas">
            <Canvas
              stages={version.stages}
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
              { id: 'runs', label: 'Runs' },
            ]}
            className="flex-1"
          >
            <TabPanel id="source">
              <Boundary name="The source">
                <Source version={version} />
              </Boundary>
            </TabPanel>
            <TabPanel id="problems" className="overflow-y-auto">
              <Problems problems={version.problems} onJump={(problem) => void jump(problem)} />
            </TabPanel>
            <TabPanel id="versions" className="overflow-y-auto">
              <Versions pipeline={pipeline} number={version.number} />
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
      {refused && (
        <Dialog
          wide
          open
          onOpenChange={(stays) => !stays && setRefused(undefined)}
          title="The version was not saved"
          description={`Version ${pipeline.latestVersion.number} is still the latest.`}
          footer={
            <>
              <Button variant="quiet" onClick={() => setRefused(undefined)}>
                Close
              </Button>
              <Button
                onClick={() => {
                  setRefused(undefined)
                  choose()
                }}
              >
                Choose it again
              </Button>
            </>
          }
        >
          <FileProblems file={refused.file} problems={refused.problems} />
        </Dialog>
      )}
      {search.run && mayStart && (
        <RunDialog pipelineId={pipeline.id} name={pipeline.name} version={version} latest={latest} onClose={close} />
      )}
    </div>
  )

  function jump(problem: ProblemFieldsFragment) {
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

const Tag = ({ children }: { children: React.ReactNode }) => (
  <span className="rounded-[4px] bg-raise px-2 py-0.5 text-xs text-muted">{children}</span>
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
    <Suspense
      fallback={
        <Loading label="Loading the source" className="flex flex-col gap-2 p-4">
          {[60, 40, 52, 36].map((width) => (
            <Skeleton key={width} className="h-3.5" />
          ))}
        </Loading>
      }
    >
      <SourceView source={version.source} marked={marked} />
    </Suspense>
  )
}

function VersionMenu({ pipeline, number }: { pipeline: PipelineData; number: number }) {
  const navigate = useNavigate({ from: '/pipelines/$pipelineId' })
  return (
    <Menu
      align="start"
      width="w-56"
      trigger={
        <button
          type="button"
          aria-label={`Version ${number}: choose another`}
          className="flex h-6 items-center gap-1 rounded-control bg-raise px-2 text-xs text-muted hover:text-text"
        >
          version {number} <ChevronDown size={12} aria-hidden="true" />
        </button>
      }
    >
      {pipeline.versions.edges.map(({ node }) => (
        <MenuItem
          key={node.id}
          checked={node.number === number}
          onSelect={() =>
            void navigate({
              search: (before) => ({
                ...before,
                version: node.number === pipeline.latestVersion.number ? undefined : node.number,
              }),
            })
          }
        >
          Version {node.number}
          <span className="pl-2 text-xs text-muted">
            <Ago at={node.createdAt} />
          </span>
        </MenuItem>
      ))}
    </Menu>
  )
}

function Versions({ pipeline, number }: { pipeline: PipelineData; number: number }) {
  return (
    <>
      <ul className="divide-y divide-line">
        {pipeline.versions.edges.map(({ node }) => (
          <li key={node.id}>
            <Link
              to="/pipelines/$pipelineId"
              params={{ pipelineId: pipeline.id }}
              search={
                node.number === pipeline.latestVersion.number
                  ? { tab: 'versions' }
                  : { tab: 'versions', version: node.number }
              }
              aria-current={node.number === number ? 'true' : undefined}
              className={cx(
                'flex h-8 items-center gap-4 px-4 hover:bg-raise focus-visible:-outline-offset-2',
                node.number === number && 'bg-raise',
              )}
            >
              <span className="w-24 font-medium">Version {node.number}</span>
              <code className="min-w-0 flex-1 truncate text-muted">{node.sha256.slice(0, 16)}</code>
              <span className="text-xs text-muted">
                <Ago at={node.createdAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <p className="px-4 py-3 text-xs text-muted">
        A version never changes. Drop a file on this page to save the next one.
      </p>
    </>
  )
}

function PipelineRuns({ pipelineId }: { pipelineId: string }) {
  const { data, problem, refetch } = useAnswer(RunListDocument, { first: 20, pipelineId })
  if (problem)
    return <ErrorPanel title="The runs cannot be listed" problem={problem} onRetry={refetch} className="m-4" />
  if (!data) return <RunRowsSkeleton rows={4} />
  const runs = data.runs.edges.map((edge) => edge.node)
  if (runs.length === 0) {
    return (
      <Empty title="No runs yet" className="py-8">
        Press Run to start the first one.
      </Empty>
    )
  }
  return <RunRows runs={runs} withPipeline={false} />
}

function PageSkeleton() {
  return (
    <>
      <PageHead
        crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: <Skeleton className="h-4 w-32" /> }]}
      />
      <Workbench
        selected={null}
        onClose={() => {}}
        canvas={<CanvasSkeleton />}
        below={<Skeleton className="m-4 h-4 w-64" />}
        inspector={
          <div className="flex flex-col gap-3 p-4">
            <Skeleton className="h-5 w-32" />
            <Skeleton className="h-4 w-48" />
            <Skeleton className="h-40" />
          </div>
        }
      />
    </>
  )
}
