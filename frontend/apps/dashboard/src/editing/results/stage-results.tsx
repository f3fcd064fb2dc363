// What the selected stage did in the run that is shown, and its pinned output, beside the form.

import { Suspense, useEffect, useState } from 'react'
import { Pin as PinIcon } from 'lucide-react'
import { useStore } from 'zustand'
import { PinStageOutputDocument, UnpinStageOutputDocument } from '@flowmason/graphql/editing'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import {
  Ago,
  Button,
  ErrorPanel,
  JsonView,
  Loading,
  Skeleton,
  type Status,
  StatusPill,
  formatDuration,
  toStatus,
} from '@flowmason/ui'
import { later } from '../../lib/later.tsx'
import { useChange } from '../../lib/use-change.ts'
import { actorWords } from '../../lib/words.ts'
import { type RunState, type StageState, isOver } from '../../run/journal.ts'
import { PinDialog } from './pin-dialog.tsx'
import type { DraftResults, ShownResults } from './results.ts'
import type { Pin, Pins } from './use-results.ts'

// From the panel of the run page, for the same reason as in `run-parts.ts`.
const StageOutput = later(
  () => import('../../run/stage-panel.tsx').then((module) => ({ StageOutput: module.StageOutput })),
  'StageOutput',
)

interface Props {
  pipelineId: string
  stageId: string
  stages: readonly CanvasStage[]
  results: DraftResults
  pins: Pins
}

/** The run of the stage that is shown, if it has begun: of several, the one that says most. */
function runOf({ live, parts }: ShownResults, stageId: string, stages: readonly CanvasStage[]): StageState | undefined {
  if (!live || !parts) return undefined
  // Looking for one that has not begun takes longer than looking whether there is one.
  if (![...live.run.stages.values()].some(({ stage }) => stage === stageId)) return undefined
  return live.run.stages.get(parts.addressOf(live.run, stageId, stages))
}

export function StageResults({ pipelineId, stageId, stages, results, pins }: Props) {
  const shown = useStore(results.store)
  const pin = pins.all.get(stageId)
  const own = runOf(shown, stageId, stages)
  const [typing, setTyping] = useState(false)
  const put = useChange(PinStageOutputDocument, { inPlace: true })
  const drop = useChange(UnpinStageOutputDocument, { inPlace: true })
  const run = shown.live && shown.row ? { id: shown.row.id, state: shown.live.run } : undefined
  useEffect(() => StageOutput.preload(), [])
  if (!run && !pin) return null
  const dependsOn = stages.find(({ id }) => id === stageId)?.dependsOn ?? []
  /** An output inside of a control stage is one of many. */
  const canPin = run !== undefined && own?.status === 'succeeded' && own.depth === 0
  const pinIt = async () => {
    drop.clear()
    if (!run) return
    const done = await put.run({ input: { pipelineId, stage: stageId, runId: run.id } })
    if (done) pins.put(done.pinStageOutput.pin)
  }
  const unpin = async () => {
    put.clear()
    const done = await drop.run({ input: { pipelineId, stage: stageId } })
    if (done) pins.drop(done.unpinStageOutput.stage)
  }
  const problem = put.problem ?? drop.problem
  const status = statusOf(run?.state, own)
  return (
    <section
      aria-label={`Results of ${stageId}`}
      className="flex max-h-1/2 shrink-0 flex-col border-t border-line bg-panel"
    >
      <header className="flex flex-wrap items-center gap-2 px-4 pt-2 pb-1">
        <h3 className="font-medium">Output</h3>
        {run && <StatusPill status={status} />}
        {own && !own.reused && own.startedAt !== undefined && own.finishedAt !== undefined && (
          <span className="tnum text-xs text-muted">{formatDuration(own.finishedAt - own.startedAt)}</span>
        )}
        <span className="ml-auto flex flex-wrap gap-2">
          {pin ? (
            <Button
              aria-pressed
              busy={drop.busy}
              icon={<PinIcon size={13} aria-hidden="true" />}
              data-tip="Unpin: runs of the draft execute the stage again"
              onClick={() => void unpin()}
            >
              Pinned
            </Button>
          ) : (
            canPin && (
              <Button
                aria-pressed={false}
                busy={put.busy}
                icon={<PinIcon size={13} aria-hidden="true" />}
                data-tip="Runs of the draft take this output over and do not execute the stage"
                onClick={() => void pinIt()}
              >
                Pin output
              </Button>
            )
          )}
          <Button variant="quiet" onClick={() => setTyping(true)}>
            {pin ? 'Change…' : 'Pin another value…'}
          </Button>
        </span>
      </header>
      <div
        role="region"
        tabIndex={0}
        aria-label={`Output of ${stageId}`}
        className="flex min-h-0 flex-col gap-3 overflow-y-auto px-4 pb-3 focus-visible:-outline-offset-2"
      >
        {problem && <ErrorPanel title="The pin was not changed" problem={problem} />}
        {pin && <PinnedValue pin={pin} />}
        {run && (
          <Suspense
            fallback={
              <Loading label="Loading the output">
                <Skeleton className="h-16" />
              </Loading>
            }
          >
            <StageOutput
              key={`${run.id} ${stageId}`}
              runId={run.id}
              address={own?.address ?? stageId}
              own={own}
              text={own && shown.live?.texts[own.address]}
              dependsOn={dependsOn}
              over={isOver(run.state.status)}
            />
          </Suspense>
        )}
      </div>
      {typing && (
        <PinDialog
          pipelineId={pipelineId}
          stageId={stageId}
          first={pin ? pin.output : own?.status === 'succeeded' && !own.outputCut ? own.output : undefined}
          onPinned={(made) => {
            pins.put(made)
            setTyping(false)
          }}
          onClose={() => setTyping(false)}
        />
      )}
    </section>
  )
}

const statusOf = (run: RunState | undefined, own: StageState | undefined): Status => {
  if (!run || !own) return 'idle'
  // A stage that had not begun when the run ended is not one that was skipped.
  return own.status === 'skipped' && own.skipReason === 'run_ended' ? 'idle' : toStatus(own.status)
}

const PinnedValue = ({ pin }: { pin: Pin }) => (
  <div className="flex flex-col gap-1.5" data-testid="pinned-value">
    <p className="text-xs text-muted">
      Pinned by {actorWords(pin.pinnedBy)} <Ago at={pin.pinnedAt} />. Runs of the draft take it over; the stage is not
      executed.
    </p>
    <div className="rounded-control border border-line2 bg-sunk p-2.5">
      <JsonView value={pin.output} />
    </div>
  </div>
)
