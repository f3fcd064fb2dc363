// The button that runs the draft, the menu of how much of it runs, and what is shown of other runs.

import { Suspense, useEffect, useRef, useState } from 'react'
import { ChevronDown, Play } from 'lucide-react'
import { useStore } from 'zustand'
import type { ApiProblem, ProblemFieldsFragment } from '@flowmason/graphql'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { Button, IconButton, Menu, MenuItem, MenuLine } from '@flowmason/ui'
import { later } from '../../lib/later.tsx'
import { shortcutOf } from '../canvas/commands.ts'
import type { DraftSession } from '../session.ts'
import { PinDialog } from './pin-dialog.tsx'
import type { DraftResults } from './results.ts'
import { RunPicker } from './run-picker.tsx'
import { type Extent, WHOLE, needsEarlier } from './start.ts'
import { type Start, loadStart, useDraftRun } from './use-draft-run.ts'
import type { Pins } from './use-results.ts'

const RunDraftDialog = later(() => import('./run-draft-dialog.tsx'), 'RunDraftDialog')

/** The menu gives the focus back before something else takes it. */
const AFTER_MENU_MS = 60

interface Props {
  session: DraftSession
  pipelineId: string
  results: DraftResults
  pins: Pins
  /** The selected stage. */
  stage: string | null
  /** All stages of the draft. */
  stages: readonly CanvasStage[]
  problems: readonly ProblemFieldsFragment[]
  /** Whether one may start runs in development. */
  mayRun: boolean
  onJump: (problem: ProblemFieldsFragment) => void
  /** Is told how a run is started from elsewhere; returns how to forget it. */
  onReady: (run: (extent: Extent) => void) => () => void
}

type Loaded = Start | { problem: ApiProblem }

export function RunControls(props: Props) {
  const { session, pipelineId, results, pins, stage, stages, problems, mayRun, onJump, onReady } = props
  const [asking, setAsking] = useState<{ extent: Extent; start: Loaded | undefined }>()
  const [open, setOpen] = useState<'picker' | 'pin'>()
  const [loading, setLoading] = useState(false)
  const shownId = useStore(results.store, ({ id }) => id)
  const close = () => setAsking(undefined)
  const draftRun = useDraftRun(session, pipelineId, (run) => {
    results.show(run)
    close()
  })
  useEffect(() => RunDraftDialog.preload(), [])

  const load = async (extent: Extent) => {
    const own = { extent, start: undefined }
    setAsking(own)
    const start = await loadStart(pipelineId, results.store.getState(), extent)
    // Unless the dialog was closed meanwhile.
    setAsking((now) => (now === own ? { extent, start } : now))
  }
  const ask = (extent: Extent) => {
    draftRun.clear()
    void load(extent)
  }
  /** With the last input and without a question, unless there is one. */
  const startAtOnce = async (extent: Extent) => {
    if (loading || draftRun.busy) return
    setLoading(true)
    const start = await loadStart(pipelineId, results.store.getState(), extent)
    setLoading(false)
    if ('problem' in start || start.earlier === undefined || !start.given) {
      draftRun.clear()
      setAsking({ extent, start })
      return
    }
    const done = await draftRun.start({ extent, input: start.given.input, reuseFrom: start.earlier })
    if (!done) setAsking({ extent, start })
  }
  const run = (extent: Extent) => {
    if (!mayRun || asking) return
    if (needsEarlier(extent)) void startAtOnce(extent)
    else ask(extent)
  }
  useEffect(() => onReady(run))
  /** Stages inside of a control stage run with it only. */
  const part = stages.some(({ id, parent }) => id === stage && !parent) ? stage : null
  useFormKey(() => part !== null && run({ kind: 'only', stage: part }))
  const soon = (act: () => void) => () => void setTimeout(act, AFTER_MENU_MS)
  const item = (words: string, kind: 'upTo' | 'from' | 'only', shortcut?: string) => (
    <MenuItem
      disabled={part === null}
      {...(shortcut !== undefined && { shortcut })}
      onSelect={soon(() => part !== null && run({ kind, stage: part }))}
    >
      {part === null ? `${words} the selected stage` : `${words} ${part}`}
      {kind === 'upTo' && '…'}
    </MenuItem>
  )
  const pinned = stage !== null && pins.all.has(stage)
  return (
    <div role="group" aria-label="Runs of the draft" className="flex shrink-0 items-center">
      {mayRun && (
        <Button
          busy={(loading || draftRun.busy) && !asking}
          icon={<Play size={13} aria-hidden="true" />}
          shortcut={shortcutOf('run')}
          onClick={() => run(WHOLE)}
          className="h-6 text-xs max-sm:h-8"
        >
          Run the draft
        </Button>
      )}
      <Menu
        width="min-w-64"
        trigger={
          <IconButton label="Runs and results" className="h-6 max-sm:h-8">
            <ChevronDown size={15} aria-hidden="true" />
          </IconButton>
        }
      >
        {mayRun && (
          <>
            <MenuItem shortcut={shortcutOf('run')} onSelect={soon(() => run(WHOLE))}>
              Run the whole draft…
            </MenuItem>
            {item('Run up to', 'upTo')}
            {item('Run from', 'from')}
            {item('Run only', 'only', shortcutOf('runOnly'))}
            <MenuLine />
          </>
        )}
        <MenuItem disabled={stage === null} onSelect={soon(() => setOpen('pin'))}>
          {pinned ? 'Change the pinned output…' : 'Pin an output…'}
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={soon(() => setOpen('picker'))}>Show results of a run…</MenuItem>
        <MenuItem disabled={shownId === undefined} onSelect={results.clear}>
          Clear the results
        </MenuItem>
      </Menu>
      {asking && (
        <Suspense fallback={null}>
          <RunDraftDialog
            extent={asking.extent}
            start={asking.start}
            source={session.state().sync.doc}
            // The pin of a stage that was removed does nothing.
            pinned={stages.map(({ id }) => id).filter((id) => pins.stages.has(id))}
            errors={problems.filter(({ severity }) => severity === 'ERROR').length}
            busy={draftRun.busy}
            refusal={draftRun.refusal}
            onStart={(request) => void draftRun.start(request)}
            onJump={(problem) => {
              close()
              onJump(problem)
            }}
            onRetry={() => void load(asking.extent)}
            onClose={close}
          />
        </Suspense>
      )}
      {open === 'picker' && (
        <RunPicker
          pipelineId={pipelineId}
          onPick={(id) => {
            setOpen(undefined)
            results.show(id)
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open === 'pin' && stage !== null && (
        <PinDialog
          pipelineId={pipelineId}
          stageId={stage}
          first={pins.all.get(stage)?.output}
          onPinned={(pin) => {
            pins.put(pin)
            setOpen(undefined)
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  )
}

/** Ctrl and Enter in the form of a stage. What is typed in the field belongs to it, so the field is left first. */
function useFormKey(run: () => void) {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      if (!(target instanceof HTMLElement) || !target.closest('[data-pane="form"]')) return
      event.preventDefault()
      // The fields have other uses for Enter.
      event.stopPropagation()
      target.blur()
      target.focus()
      latest.current()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
