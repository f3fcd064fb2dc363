// The versions of a pipeline and its runs: the menu in the head, and the lists in the tabs.

import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronDown } from 'lucide-react'
import { RunListDocument } from '@flowmason/graphql'
import { Ago, Empty, ErrorPanel, Loading, Menu, MenuItem, cx } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'
import { RunRowSkeletons, RunRows } from '../pages/run-rows.tsx'
import type { PipelineData } from './pipeline-page.tsx'

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

export function Versions({ pipeline, number }: { pipeline: PipelineData; number: number }) {
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

export function PipelineRuns({ pipelineId }: { pipelineId: string }) {
  const { data, problem, refetch } = useAnswer(RunListDocument, { first: 20, pipelineId })
  if (problem)
    return <ErrorPanel title="The runs cannot be listed" problem={problem} onRetry={refetch} className="m-4" />
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
