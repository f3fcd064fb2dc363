// The versions and runs of a pipeline: the menu in the header, and the lists in the tabs.

import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { RunListDocument } from '@flowmason/graphql'
import { Ago, Button, Empty, ErrorPanel, Loading, Menu, MenuItem, cx } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { actorWords } from '../lib/words.ts'
import { RunRowSkeletons, RunRows } from '../pages/run-rows.tsx'
import type { PipelineData } from './pipeline-page.tsx'
import { VersionActions } from './version-actions.tsx'

export function VersionMenu({ pipeline, number }: { pipeline: PipelineData; number: number }) {
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

export function Versions({
  pipeline,
  number,
  busy,
  onMakeCurrent,
}: {
  pipeline: PipelineData
  /** The version shown. */
  number: number
  busy: boolean
  /** Saves the file of this version as the next one; absent if the pipeline cannot be changed. */
  onMakeCurrent: ((number: number) => void) | undefined
}) {
  const latest = pipeline.latestVersion.number
  return (
    <>
      <ul className="divide-y divide-line">
        {pipeline.versions.edges.map(({ node }) => (
          <li
            key={node.id}
            className={cx('flex min-h-9 items-center gap-3 pr-4 hover:bg-raise', node.number === number && 'bg-raise')}
          >
            <Link
              to="/pipelines/$pipelineId"
              params={{ pipelineId: pipeline.id }}
              search={node.number === latest ? { tab: 'versions' } : { tab: 'versions', version: node.number }}
              aria-current={node.number === number ? 'true' : undefined}
              className="flex min-h-9 min-w-0 flex-1 items-center gap-4 pl-4 focus-visible:-outline-offset-2"
            >
              <span className="shrink-0 sm:w-36">
                <span className="font-medium">Version {node.number}</span>
                {node.number === latest && <span className="pl-2 text-xs text-muted">current</span>}
              </span>
              {node.note ? (
                <span className="min-w-0 flex-1 truncate" title={node.note}>
                  {node.note}
                </span>
              ) : (
                <code className="min-w-0 flex-1 truncate text-muted max-sm:hidden" title={node.sha256}>
                  {node.sha256.slice(0, 16)}
                </code>
              )}
              <span className="ml-auto min-w-0 truncate text-xs text-muted">
                {node.author && `${actorWords(node.author)} · `}
                <Ago at={node.createdAt} />
              </span>
            </Link>
            {onMakeCurrent && node.number !== latest && (
              <Button
                variant="quiet"
                disabled={busy}
                onClick={() => onMakeCurrent(node.number)}
                aria-label={`Make version ${node.number} current`}
                data-tip={`Saves the file of version ${node.number} as version ${latest + 1}`}
              >
                Make current
              </Button>
            )}
            {node.number > 1 && (
              <Link
                to="/pipelines/$pipelineId/compare"
                params={{ pipelineId: pipeline.id }}
                search={{ from: node.number - 1, to: node.number }}
                aria-label={`Compare version ${node.number} with the one before`}
                data-tip="Compare with the one before"
                className="shrink-0 rounded-control px-2 py-1 text-muted hover:bg-raise hover:text-text max-sm:hidden"
              >
                Compare
              </Link>
            )}
            <VersionActions
              pipeline={pipeline}
              number={node.number}
              latest={latest}
              mayChange={onMakeCurrent !== undefined}
            />
          </li>
        ))}
      </ul>
      <p className="px-4 py-3 text-xs text-muted">
        A version never changes. Drop a file on this page to save the next one.
      </p>
    </>
  )
}

export function PipelineRuns({ pipelineId }: { pipelineId: string }) {
  const { data, problem, refetch } = useAnswer(RunListDocument, { first: 20, pipelineId })
  if (problem)
    return <ErrorPanel title="The runs could not be loaded" problem={problem} onRetry={refetch} className="m-4" />
  if (!data)
    return (
      <Loading label="Loading the runs" className="divide-y divide-line">
        <RunRowSkeletons rows={4} />
      </Loading>
    )
  const runs = data.runs.edges.map((edge) => edge.node)
  if (runs.length === 0) {
    return (
      <Empty title="No runs yet" className="py-8">
        Press Run to start the first one.
      </Empty>
    )
  }
  return (
    <>
      <RunRows runs={runs} withPipeline={false} headings />
      <p className="px-4 py-3 text-xs">
        <Link to="/runs" search={{ pipeline: pipelineId }} className="text-muted hover:text-text hover:underline">
          All runs of this pipeline
        </Link>
      </p>
    </>
  )
}
