// One stage of the run: output, input, log, attempts, and what happens if the worker dies now.

import { useMemo } from 'react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { StageFieldsFragment } from '@flowmason/graphql'
import { ComponentIcon } from '@flowmason/pipeline-canvas'
import { Ago, Empty, StatusPill, TabPanel, Tabs, formatDuration, shortId } from '@flowmason/ui'
import { Deferred } from '../lib/deferred.tsx'
import { count } from '../lib/words.ts'
import { stageTabs } from '../router.tsx'
import { Attempts } from './attempts.tsx'
import { CrashNote } from './crash-note.tsx'
import { ItemPicker } from './item-picker.tsx'
import { type RunState, isOver } from './journal.ts'
import { LogLine } from './log-line.tsx'
import { RunStage } from './run-stage.tsx'
import { shownStatus } from './shown.ts'
import { StageInput } from './stage-input.tsx'
import { StageOutput } from './stage-output.tsx'
import type { TokenText } from './tokens.ts'

// For the editor, which shows the output of the selected stage (`editing/results/stage-results.tsx`).
export { StageOutput } from './stage-output.tsx'

export interface StagePanelProps {
  runId: string
  /** The id of the run whose results this one reuses. */
  earlier: string | undefined
  address: string
  stage: StageFieldsFragment
  state: RunState
  /** Whether the stage can be run alone: the run is over, and the user may start runs. */
  mayRun: boolean
  text: TokenText | undefined
  failedOnly: boolean
  onFailedOnly: (only: boolean) => void
  onSelect: (address: string) => void
}

export function StagePanel({
  runId,
  earlier,
  address,
  stage,
  state,
  mayRun,
  text,
  failedOnly,
  onFailedOnly,
  onSelect,
}: StagePanelProps) {
  const { view = 'output' } = useSearch({ from: '/shell/runs/$runId' })
  const navigate = useNavigate({ from: '/runs/$runId' })
  const own = state.stages.get(address)
  const status = own ? shownStatus(own) : 'idle'
  const logs = useMemo(() => state.logs.filter((entry) => entry.address === address), [state.logs, address])
  return (
    <>
      <header className="px-4 pt-3.5 pb-2 max-md:pr-12">
        <div className="flex items-center gap-2">
          <ComponentIcon component={stage.component} size={16} className="shrink-0 text-muted" aria-hidden="true" />
          <h2 className="title min-w-0 flex-1 truncate">{stage.id}</h2>
          <StatusPill status={status} />
        </div>
        <p className="flex flex-wrap items-center gap-x-1 text-xs text-muted">
          <Link
            to="/components"
            search={{ name: stage.component }}
            className="hover:text-text hover:underline"
            data-tip="What this component does"
          >
            {stage.component}
          </Link>
          {own?.items !== undefined && <span>· {count(own.items, 'item')}</span>}
          {own && !own.reused && own.attempts.length > 0 && <span>· attempt {own.attempts.at(-1)?.number}</span>}
          {own?.startedAt !== undefined && !isOver(own.status) && (
            <span>
              · started <Ago at={new Date(own.startedAt).toISOString()} />
            </span>
          )}
          {own?.startedAt !== undefined && own.finishedAt !== undefined && !own.reused && (
            <span>· {formatDuration(own.finishedAt - own.startedAt)}</span>
          )}
        </p>
        {own?.reused === 'pinned' && (
          <p className="pt-1 text-xs text-muted" data-testid="stage-pinned">
            The output was pinned in the draft. This stage did not run.
          </p>
        )}
        {own?.reused === true && (
          <p className="pt-1 text-xs text-muted" data-testid="stage-reused">
            Reused from the earlier run
            {earlier && (
              <>
                {' '}
                <Link
                  to="/runs/$runId"
                  params={{ runId: earlier }}
                  search={{ stage: address }}
                  className="font-mono text-text underline underline-offset-2"
                >
                  {shortId(earlier)}
                </Link>
              </>
            )}
            . This stage did not run again
            {state.unchangedSince === undefined && own.startedAt !== undefined && own.finishedAt !== undefined && (
              <>; there it took {formatDuration(own.finishedAt - own.startedAt)}</>
            )}
            .
          </p>
        )}
        {mayRun && own?.depth === 0 && own.attempts.length > 0 && <RunStage runId={runId} stage={stage.id} />}
        <ItemPicker
          address={address}
          own={own}
          state={state}
          failedOnly={failedOnly}
          onFailedOnly={onFailedOnly}
          onSelect={onSelect}
        />
      </header>
      <Tabs
        label="Stage"
        value={view}
        onChange={(next) =>
          void navigate({
            search: (before) => ({ ...before, view: stageTabs.find((each) => each === next) }),
            replace: true,
          })
        }
        tabs={[
          { id: 'output', label: 'Output' },
          { id: 'input', label: 'Input' },
          { id: 'logs', label: 'Logs', count: logs.length || undefined },
          {
            id: 'attempts',
            label: 'Attempts',
            count: own && own.attempts.length > 1 ? own.attempts.length : undefined,
          },
        ]}
        className="flex-1"
      >
        {/* Selecting a stage of a large run would otherwise be one long task. */}
        <Deferred>
          <TabPanel id="output" className="overflow-y-auto p-4">
            <div className="flex flex-col gap-5">
              <StageOutput
                runId={runId}
                address={address}
                own={own}
                text={text}
                dependsOn={stage.dependsOn}
                over={isOver(state.status)}
              />
              {own && !isOver(own.status) && <CrashNote component={stage.component} status={status} />}
            </div>
          </TabPanel>
          <TabPanel id="input" className="overflow-y-auto p-4">
            <StageInput runId={runId} address={address} own={own} config={stage.config} />
          </TabPanel>
          <TabPanel id="logs" className="overflow-y-auto py-2">
            {logs.length === 0 ? (
              <Empty title="No log lines" className="py-8">
                {own && !isOver(own.status) ? 'They appear when the stage ends.' : 'This stage logged nothing.'}
              </Empty>
            ) : (
              logs.map((entry, index) => <LogLine key={`${entry.seq}-${index}`} entry={entry} />)
            )}
          </TabPanel>
          <TabPanel id="attempts" className="overflow-y-auto p-4">
            <Attempts own={own} />
          </TabPanel>
        </Deferred>
      </Tabs>
    </>
  )
}
