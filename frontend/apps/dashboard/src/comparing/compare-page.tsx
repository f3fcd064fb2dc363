// Two versions of a pipeline, or a version and the draft: laid over each other on the canvas, and as a list of changes.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ArrowLeftRight, ListTree, Map as MapIcon } from 'lucide-react'
import { ComparePageDocument, type ComparePageQuery } from '@flowmason/graphql/editing'
import { createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas, CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import { Boundary, Button, Empty, ErrorPanel, IconButton, Loading, Select, Skeleton, shortId } from '@flowmason/ui'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { WIDE, useMedia } from '../lib/use-media.ts'
import { useTitle } from '../lib/use-title.ts'
import { useHotkeys } from '../shell/hotkeys.ts'
import { PageHead } from '../shell/page.tsx'
import { useMay } from '../shell/shell.tsx'
import { Split } from '../shell/split.tsx'
import { ChangeList } from './change-list.tsx'
import { type Change, changesOf, countWords } from './changes.ts'
import { MergeButton } from './merge-button.tsx'
import { type Overlay, overlayOf } from './overlay.ts'
import { RestoreButton } from './restore-button.tsx'
import { type Side, commonBase, sidesOf } from './sides.ts'
import { type Comparison, useComparison } from './use-comparison.ts'

const NOT_FOUND_HINT = 'The URL may be incomplete, or the pipeline may belong to another organization.'

const linkButton =
  'inline-flex h-7 items-center rounded-control border border-line2 px-2.5 font-medium hover:bg-raise max-sm:h-8'

export function ComparePage() {
  const { pipelineId } = useParams({ from: '/shell/pipelines/$pipelineId/compare' })
  const page = useAnswer(ComparePageDocument, { id: pipelineId })
  const pipeline = page.data?.pipeline
  useTitle(pipeline ? `Compare ${pipeline.name}` : 'Compare')
  if (page.problem) {
    const missing = page.problem.code === 'NOT_FOUND'
    return (
      <>
        <PageHead crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: shortId(pipelineId) }]} />
        <div className="mx-auto w-full max-w-xl p-6">
          <ErrorPanel
            title={missing ? 'Pipeline not found' : 'The pipeline could not be loaded'}
            problem={missing ? { ...page.problem, message: NOT_FOUND_HINT } : page.problem}
            onRetry={missing ? undefined : page.refetch}
            action={
              <Link to="/pipelines" className={linkButton}>
                All pipelines
              </Link>
            }
          />
        </div>
      </>
    )
  }
  if (!pipeline) {
    return (
      <>
        <PageHead
          crumbs={[{ label: 'Pipelines', to: { to: '/pipelines' } }, { label: <Skeleton className="h-4 w-32" /> }]}
        />
        <ListSkeleton />
      </>
    )
  }
  return <Loaded key={pipeline.id} pipeline={pipeline} />
}

type PipelineData = ComparePageQuery['pipeline']

function Loaded({ pipeline }: { pipeline: PipelineData }) {
  const search = useSearch({ from: '/shell/pipelines/$pipelineId/compare' })
  const navigate = useNavigate({ from: '/pipelines/$pipelineId/compare' })
  const wide = useMedia(WIDE)
  const latest = pipeline.latestVersion.number
  const { from, to } = sidesOf(search, latest, pipeline.draft?.baseVersion.number)
  const base = commonBase(from, to, pipeline.draft?.baseVersion.number)
  const { comparison, problem, noDraft, refetch } = useComparison(pipeline.id, from, to)
  const changes = useMemo(() => (comparison ? changesOf(comparison.difference) : []), [comparison])
  const [store] = useState(createCanvasStore)
  const chosen = changes.find((each) => each.key === search.at)
  const select = useCallback(
    (at: string | undefined) => void navigate({ search: (before) => ({ ...before, at }), replace: true }),
    [navigate],
  )
  const selectStage = useCallback(
    (id: string | null) => select(changes.find((each) => id !== null && each.stage === id)?.key),
    [select, changes],
  )
  const choose = (sides: { from?: number; to?: Side }) =>
    void navigate({ search: (before) => ({ ...before, from, to, ...sides, at: undefined }), replace: true })
  const step = (by: 1 | -1) => {
    const at = changes.findIndex((each) => each.key === search.at)
    const next = changes[at < 0 ? (by > 0 ? 0 : changes.length - 1) : at + by]
    if (next) select(next.key)
  }
  // Versions are compared in either direction; the draft is always the newer one.
  const swap = to === 'draft' || to === from ? undefined : () => choose({ from: to, to: from })
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    s: swap,
    escape: () => select(undefined),
  })
  const place = { pipelineId: pipeline.id, folderId: pipeline.folder?.id }
  const mayWrite = useMay('pipeline.write', place) && pipeline.deletedAt === null
  const overlay = useMemo(() => (comparison ? pictureOf(comparison, changes) : undefined), [comparison, changes])
  useEffect(() => {
    if (overlay) store.setState({ faces: overlay.faces, lines: overlay.lines })
  }, [overlay, store])
  const stage = chosen?.stage ?? null
  useEffect(() => store.setState({ selected: stage }), [store, stage])

  const list = problem ? (
    <ErrorPanel
      className="m-4"
      title={problem.code === 'NOT_FOUND' ? 'There is no such version' : 'The versions could not be compared'}
      problem={
        problem.code === 'NOT_FOUND'
          ? { ...problem, message: 'One of the versions does not exist. Choose others above.' }
          : problem
      }
      onRetry={problem.code === 'NOT_FOUND' ? undefined : refetch}
    />
  ) : noDraft ? (
    <Empty title="No draft">Nobody has changed this pipeline since its latest version. Choose a version above.</Empty>
  ) : comparison ? (
    <Found
      comparison={comparison}
      changes={changes}
      selected={search.at}
      onSelect={select}
      words={[sideWords(from), sideWords(to)]}
    />
  ) : (
    <ListSkeleton />
  )
  const canvas = (
    <Boundary name="The canvas">
      {overlay ? (
        <Canvas
          stages={overlay.stages}
          store={store}
          makeLayoutWorker={makeLayoutWorker}
          onSelect={selectStage}
          note={<Legend />}
        />
      ) : problem || noDraft ? null : (
        <CanvasSkeleton />
      )}
    </Boundary>
  )
  const showsCanvas = search.canvas === true
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead
        crumbs={[
          { label: 'Pipelines', to: { to: '/pipelines' }, wide: true },
          {
            label: pipeline.name,
            to: { to: '/pipelines/$pipelineId', params: { pipelineId: pipeline.id }, search: { tab: 'versions' } },
          },
          { label: 'Compare' },
        ]}
        actions={mayWrite && <RestoreButton pipelineId={pipeline.id} number={from} />}
      />
      {pipeline.deletedAt !== null && (
        <p role="status" className="border-b border-line bg-raise px-4 py-2 text-muted">
          This pipeline is deleted. Its versions can be compared, and not changed.
        </p>
      )}
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2">
        <div className="flex min-w-0 items-center gap-2 max-sm:w-full">
          <SidePicker
            label="Older"
            value={from}
            pipeline={pipeline}
            onChange={(next) => choose({ from: Number(next) })}
          />
          <IconButton label="Swap the versions" shortcut="S" disabled={swap === undefined} onClick={swap}>
            <ArrowLeftRight size={14} aria-hidden="true" />
          </IconButton>
          <SidePicker
            label="Newer"
            value={to}
            pipeline={pipeline}
            withDraft
            onChange={(next) => choose({ to: next === 'draft' ? next : Number(next) })}
          />
        </div>
        <p className="min-w-0 flex-1 text-muted" role="status" data-testid="compare-counts">
          {comparison && (countWords(changes) || (comparison.difference.onlyLayout ? 'Only the layout' : 'No changes'))}
        </p>
        {mayWrite && base !== undefined && <MergeButton pipelineId={pipeline.id} base={base} version={from} />}
        {!wide && (
          <Button
            icon={showsCanvas ? <ListTree size={14} aria-hidden="true" /> : <MapIcon size={14} aria-hidden="true" />}
            onClick={() =>
              void navigate({
                search: (before) => ({ ...before, canvas: showsCanvas ? undefined : true }),
                replace: true,
              })
            }
          >
            {showsCanvas ? 'Show the list' : 'Show the canvas'}
          </Button>
        )}
      </div>
      {wide ? (
        <Split
          direction="row"
          label="Width of the list of changes"
          className="flex-1"
          initial={440}
          least={300}
          most={0.6}
          first={canvas}
          second={
            <div data-scrolls className="h-full overflow-y-auto">
              {list}
            </div>
          }
        />
      ) : showsCanvas ? (
        <div className="min-h-0 flex-1">{canvas}</div>
      ) : (
        <div data-scrolls className="min-h-0 flex-1 overflow-y-auto bg-panel">
          {list}
        </div>
      )}
    </div>
  )
}

const sideWords = (side: Side) => (side === 'draft' ? 'the draft' : `version ${side}`)

function pictureOf({ before, after, difference }: Comparison, changes: readonly Change[]): Overlay {
  const renames = new Map(difference.changed.map((each) => [each.before.id, each.after.id]))
  return overlayOf(before, after, changes, renames)
}

function Found({
  comparison: { difference },
  changes,
  selected,
  onSelect,
  words: [older, newer],
}: {
  comparison: Comparison
  changes: readonly Change[]
  selected: string | undefined
  onSelect: (key: string | undefined) => void
  words: [older: string, newer: string]
}) {
  if (difference.same) {
    return (
      <Empty title="Nothing changed">
        {older === newer
          ? 'Both sides are the same version. Choose another one above.'
          : `In ${older} and ${newer}, the pipeline does the same. The texts may be written differently.`}
      </Empty>
    )
  }
  return (
    <>
      {difference.onlyLayout && (
        <p className="border-b border-line px-4 py-2.5 text-muted">
          Only the layout changed: where stages are on the canvas or in the file. Runs do the same.
        </p>
      )}
      <ChangeList changes={changes} selected={selected} onSelect={onSelect} />
    </>
  )
}

function SidePicker({
  label,
  value,
  pipeline,
  withDraft = false,
  onChange,
}: {
  label: string
  value: Side
  pipeline: PipelineData
  withDraft?: boolean
  onChange: (value: string) => void
}) {
  const listed = pipeline.versions.edges.map(({ node }) => node)
  const known = value === 'draft' || listed.some((each) => each.number === value)
  return (
    <label className="min-w-0 max-sm:flex-1">
      <span className="sr-only">{label} version</span>
      <Select value={String(value)} className="min-w-0 sm:w-56" onChange={(event) => onChange(event.target.value)}>
        {withDraft && (pipeline.draft || value === 'draft') && <option value="draft">The draft</option>}
        {!known && <option value={String(value)}>Version {value}</option>}
        {listed.map(({ id, number, note }) => (
          <option key={id} value={String(number)}>
            Version {number}
            {note ? ` · ${note}` : ''}
          </option>
        ))}
      </Select>
    </label>
  )
}

const Legend = () => (
  <span className="flex min-w-0 items-center gap-3 overflow-hidden text-xs whitespace-nowrap text-muted max-sm:hidden">
    <span>+ added</span>
    <span>− removed, dashed</span>
    <span>J and K: next and previous change</span>
  </span>
)

const ListSkeleton = () => (
  <Loading label="Comparing" className="flex flex-col gap-3 p-4">
    {[0, 1, 2].map((each) => (
      <Skeleton key={each} className="h-14" />
    ))}
  </Loading>
)
