// The editor of a pipeline's draft, as canvas, form and text: what is changed is saved by itself, and what others change
// appears. Loaded on first use. Where drafts cannot be opened, `fallback` edits the latest version instead.

import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { GitMerge, TriangleAlert, WifiOff } from 'lucide-react'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { Boundary, Button, Copy, Empty, ErrorPanel, Kbd, Loading, Note, Skeleton, Ticked } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { api } from '../api.ts'
import { CopilotButton } from '../copilot/copilot-button.tsx'
import { CopilotSide } from '../copilot/copilot-side.tsx'
import { faultWords, readJson } from '../lib/json-text.ts'
import { WIDE, useMedia } from '../lib/use-media.ts'
// Needed after the connection was lost, so they are there before.
import { MergeDialog } from '../merging/merge-dialog.tsx'
import { MergeVersion } from '../merging/merge-version.tsx'
import { modKey } from '../shell/hotkeys.ts'
import { Split } from '../shell/split.tsx'
import { DraftCanvas } from './canvas/draft-canvas.tsx'
import { useNotes } from './canvas/notes.ts'
import { useDraftStages } from './canvas/use-draft-stages.ts'
import { ConflictDialog, Meetings } from './conflict-dialog.tsx'
import { DiscardDialog } from './discard-dialog.tsx'
import { DraftProblems, useDraftProblems } from './draft-problems.tsx'
import { StageForm } from './form/stage-form.tsx'
import { keeperOf } from './kept.ts'
import { PaneButtons, usePaneKey } from './pane-buttons.tsx'
import { draftLink } from './link.ts'
import { ResultsLine } from './results/results-line.tsx'
import { RunControls } from './results/run-controls.tsx'
import { StageResults } from './results/stage-results.tsx'
import type { Extent } from './results/start.ts'
import { usePins, useResults } from './results/use-results.ts'
import { SaveDialog } from './save-dialog.tsx'
import type { DraftSession, Shown } from './session.ts'
import { StatusLine } from './status-line.tsx'
import { type Step, isUnsaved } from './sync.ts'
import { type TextView, openTextView } from './text-view.ts'
import { useDraft } from './use-draft.ts'
import { usePanes } from './use-panes.ts'
import { statusOf } from './words.ts'

export interface DraftEditorProps {
  pipelineId: string
  /** Whose unsaved text is kept in this tab. */
  userId: string
  /** The number of the latest version. */
  latest: number
  /** Whether one may start runs of the draft. */
  mayRun: boolean
  /** There may be a new version. */
  onChanged: () => void
  onClose: () => void
  fallback: ReactNode
}

export function DraftEditor({ pipelineId, userId, latest, mayRun, onChanged, onClose, fallback }: DraftEditorProps) {
  const link = useMemo(() => draftLink(api, pipelineId), [pipelineId])
  const keeper = useMemo(() => keeperOf(userId, pipelineId), [userId, pipelineId])
  const opened = useDraft(link, keeper, onChanged)
  if (!opened) return <OpeningDraft />
  if ('session' in opened) {
    const { session } = opened
    return (
      <CopilotSide pipelineId={pipelineId} userId={userId} session={session}>
        <OpenDraft
          pipelineId={pipelineId}
          latest={latest}
          mayRun={mayRun}
          session={session}
          onChanged={onChanged}
          onClose={onClose}
        />
      </CopilotSide>
    )
  }
  const kept = keeper.read()?.doc
  if (opened.waits) {
    const message = kept === undefined ? '' : ' What you typed and is not saved is kept.'
    return (
      <ErrorPanel
        title="The draft could not be opened"
        problem={{ ...opened.problem, message: `${opened.problem.message}${message}` }}
        className="m-4"
        action={<Button onClick={onClose}>Close</Button>}
      />
    )
  }
  return (
    <div className="flex h-full flex-col">
      <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />} className="m-2 shrink-0">
        The draft could not be opened: <Ticked text={opened.problem.message} /> You change the latest version, and
        nobody else sees it before you save.
        {kept !== undefined && (
          <>
            {' '}
            What you typed in the draft before is kept in this tab: <Copy text={kept} label="Copy what I typed" />
          </>
        )}
      </Note>
      <div className="min-h-0 flex-1">{fallback}</div>
    </div>
  )
}

const OpeningDraft = () => (
  <Loading label="Opening the draft" className="flex flex-col gap-2 p-4">
    {[60, 40, 52, 36].map((width) => (
      <Skeleton key={width} className="h-3.5" />
    ))}
  </Loading>
)

const NO_STAGES: readonly CanvasStage[] = []

interface OpenProps {
  pipelineId: string
  latest: number
  mayRun: boolean
  session: DraftSession
  onChanged: () => void
  onClose: () => void
}

export function OpenDraft({ pipelineId, latest, mayRun, session, onChanged, onClose }: OpenProps) {
  const shown = useSyncExternalStore(session.subscribe, session.state)
  const [view, setView] = useState<TextView>()
  const [dialog, setDialog] = useState<'save' | 'discard' | 'conflict' | 'text' | 'merge'>()
  /** The version that the draft was brought together with, and the draft's revision since. */
  const [merged, setMerged] = useState<{ version: number; revision: number }>()
  const [note, setNote] = useState('')
  usePaneKey()
  const { revision } = shown.sync.base
  const stages = useDraftStages(pipelineId, revision)
  const notes = useNotes(shown.sync.base.text)
  const { stage, choose, chooseInText } = useStage(view, revision)
  const results = useResults(pipelineId)
  const pins = usePins(pipelineId, revision, shown.pinned)
  const startRun = useRef<(extent: Extent) => void>(undefined)
  const onRunReady = useCallback((run: (extent: Extent) => void) => {
    startRun.current = run
    return () => {
      startRun.current = undefined
    }
  }, [])
  const onRun = useCallback((extent: Extent) => startRun.current?.(extent), [])
  const jump = (problem: ProblemFieldsFragment) => {
    if (problem.stage) choose(problem.stage)
    view?.jump(problem.line, problem.column)
  }
  const { panes, only, inner } = useLayout(stage)
  const { standing } = statusOf(shown)
  const { about, conflict } = shown.sync
  const unsaved = isUnsaved(shown.sync)
  const problems = useDraftProblems(pipelineId, revision, unsaved)
  const changed = unsaved || about.unsaved.length > 0
  const save = useCallback(() => {
    session.flush()
    setDialog('save')
  }, [session])
  const go = useCallback((way: Step) => view?.go(way), [view])
  const attach = useCallback(
    (parent: HTMLElement | null) => {
      if (!parent) return
      const made = openTextView({
        session,
        parent,
        label: 'Source of the next version',
        onSave: save,
        onStage: chooseInText,
      })
      setView(made)
      made.focus()
      return () => made.destroy()
    },
    [session, save, chooseInText],
  )
  useEffect(() => {
    if (standing === 'saved') return
    // The text is kept for a reload, and not for a closed tab.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [standing])
  const { behind } = about
  useEffect(() => {
    // The page does not know the version yet that somebody else has saved.
    if (behind) onChanged()
  }, [behind, onChanged])
  const close = () => {
    if (standing === 'unsaved' || standing === 'conflict')
      toast('What you typed is kept in this tab. Edit the pipeline again to save it.')
    onClose()
  }
  const end = () => {
    setDialog(undefined)
    view?.focus()
  }
  const settle = ({ text }: { text: string }) => {
    session.happen({ type: 'chosen', text })
    session.flush()
    end()
  }
  const inText = conflict && (
    <ConflictDialog conflict={conflict} doc={shown.sync.doc} onChosen={(text) => settle({ text })} onClose={end} />
  )
  return (
    <div className="flex h-full flex-col">
      <StatusLine shown={shown} view={view}>
        <RunControls
          session={session}
          pipelineId={pipelineId}
          results={results}
          pins={pins}
          stage={stage}
          stages={stages ?? NO_STAGES}
          problems={problems}
          mayRun={mayRun}
          onJump={jump}
          onReady={onRunReady}
        />
        <CopilotButton />
        <PaneButtons panes={panes} />
      </StatusLine>
      <Banner shown={shown} session={session} onChoose={() => setDialog('conflict')} />
      <ResultsLine results={results} revision={revision} stages={stages} />
      <Split
        direction="row"
        label="Width of the canvas"
        className="flex-1"
        initial={inner === undefined ? 0.62 : 0.5}
        least={280}
        most={0.8}
        only={only}
        first={
          <Boundary name="The canvas">
            <DraftCanvas
              pipelineId={pipelineId}
              session={session}
              people={shown.people}
              waiting={waitingOf(shown)}
              stages={stages}
              notes={notes}
              problems={problems}
              stage={stage}
              onStage={choose}
              onStep={go}
              onSave={save}
              onRun={onRun}
              results={results}
              pins={pins.stages}
            />
          </Boundary>
        }
        second={
          <Split
            direction="row"
            label="Width of the form"
            className="h-full"
            initial={0.5}
            least={200}
            most={0.8}
            only={inner}
            first={
              <section data-pane="form" aria-label="Form of the stage" className="flex h-full flex-col">
                {inner !== 'second' && (
                  <div className="relative min-h-0 flex-1 overflow-y-auto">
                    <Boundary name="The form">
                      {stage === null ? (
                        <Empty title="No stage is selected" className="py-8">
                          Select one on the canvas, or put the cursor into it in the text.
                        </Empty>
                      ) : (
                        <StageForm
                          session={session}
                          pipelineId={pipelineId}
                          stageId={stage}
                          source={shown.sync.doc}
                          problems={problems}
                          onRenamed={choose}
                          onSave={save}
                        />
                      )}
                    </Boundary>
                  </div>
                )}
                {inner !== 'second' && stage !== null && (
                  <Boundary name="The results">
                    <StageResults
                      key={stage}
                      pipelineId={pipelineId}
                      stageId={stage}
                      stages={stages ?? NO_STAGES}
                      results={results}
                      pins={pins}
                    />
                  </Boundary>
                )}
              </section>
            }
            second={
              <div ref={attach} data-pane="text" className="fm-code h-full overflow-auto" data-testid="source-editor" />
            }
          />
        }
      />
      <DraftProblems problems={problems} edit={session.edit} onJump={jump} />
      <div className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-2">
        <span className="min-w-0 flex-1 text-xs text-muted max-sm:hidden">
          {behind
            ? `Version ${latest} was saved by somebody else; saving takes in what it changed.`
            : 'What you type is saved in the draft.'}{' '}
          Esc, then Tab leaves the text; F6 goes to the next part.
        </span>
        <Button variant="quiet" onClick={close}>
          Close
        </Button>
        {changed && (
          <Button variant="quiet" onClick={() => setDialog('discard')}>
            Discard the draft
          </Button>
        )}
        <Button variant="primary" disabled={!changed} onClick={save}>
          Save as version {latest + 1}
          <Kbd className="ml-0.5 max-md:hidden">{modKey} S</Kbd>
        </Button>
      </div>
      {dialog === 'save' && (
        <SaveDialog
          pipelineId={pipelineId}
          latest={latest}
          session={session}
          shown={shown}
          onSaved={(number, created) => {
            toast(created ? `Version ${number} was saved.` : `Nothing changed: the draft is version ${number}.`)
            setNote('')
            onChanged()
            end()
          }}
          over={merged?.revision === revision ? merged.version : undefined}
          onBehind={onChanged}
          firstNote={note}
          onMerge={(typed) => {
            setNote(typed)
            setDialog('merge')
          }}
          onJump={({ line, column }) => {
            setDialog(undefined)
            view?.jump(line, column)
          }}
          onClose={end}
        />
      )}
      {dialog === 'discard' && (
        <DiscardDialog pipelineId={pipelineId} latest={latest} session={session} shown={shown} onClose={end} />
      )}
      {dialog === 'merge' && (
        <MergeVersion
          pipelineId={pipelineId}
          base={about.baseNumber}
          version={latest}
          draft={shown.sync.base}
          onTaken={(draft) => {
            if (draft) session.happen({ type: 'read', draft })
            setMerged({ version: latest, revision: draft?.revision ?? revision })
            setDialog('save')
          }}
          onMoved={(draft) => session.happen({ type: 'read', draft })}
          onOutdated={() => session.happen({ type: 'outdated' })}
          onClose={end}
        />
      )}
      {dialog === 'conflict' && conflict && (
        <MergeDialog
          pipelineId={pipelineId}
          title="You and somebody else changed the same"
          texts={{ base: conflict.from, mine: shown.sync.doc, theirs: conflict.theirs.text }}
          names={{ mine: 'Mine', theirs: 'Theirs' }}
          onto="theirs"
          revision={conflict.theirs.revision}
          meetings={conflict.meetings}
          onTaken={(draft) => {
            if (draft) session.happen({ type: 'read', draft })
            settle(draft ?? conflict.theirs)
          }}
          onMoved={(draft) => session.happen({ type: 'read', draft })}
          onOutdated={() => session.happen({ type: 'outdated' })}
          instead={{ label: 'Choose in the text', onChoose: () => setDialog('text') }}
          fallback={inText}
          onClose={end}
        />
      )}
      {dialog === 'text' && inText}
    </div>
  )
}

/** The parts that are shown, as areas of the two dividers. */
function useLayout(stage: string | null) {
  const panes = usePanes(useMedia(WIDE))
  // Without a stage, there is no form that would need room.
  const has = (pane: (typeof panes.shown)[number]) =>
    panes.shown.includes(pane) && (pane !== 'form' || stage !== null || panes.shown.length === 1)
  const beside = has('form') || has('text')
  const only = !has('canvas') ? ('second' as const) : beside ? undefined : ('first' as const)
  const inner = !has('form') ? ('second' as const) : has('text') ? undefined : ('first' as const)
  return { panes, only, inner }
}

/** The edits that the server does not answer. */
function waitingOf({ sync }: Shown): number {
  if (sync.trouble?.kind !== 'unreachable') return 0
  const sent = sync.flight?.kind === 'edits' ? 1 : 0
  return sent + sync.wanted.filter((each) => typeof each === 'object').length
}

/** The stage that is selected, on the canvas and in the text. */
function useStage(view: TextView | undefined, revision: number) {
  const [stage, setStage] = useState<string | null>(null)
  /** The cursor follows what is selected elsewhere, once it is in the text. */
  const follows = useRef(false)
  const choose = useCallback((next: string | null) => {
    follows.current = next !== null
    setStage(next)
  }, [])
  const chooseInText = useCallback((next: string | null) => {
    follows.current = false
    setStage(next)
  }, [])
  useEffect(() => {
    if (follows.current && stage !== null) view?.show(stage)
  }, [view, stage, revision])
  return { stage, choose, chooseInText }
}

const strip = 'm-2 shrink-0 max-h-48 overflow-y-auto'

/** What hinders saving, with what can be done about it. */
function Banner({ shown, session, onChoose }: { shown: Shown; session: DraftSession; onChoose: () => void }) {
  const { conflict, trouble, refusal, doc } = shown.sync
  if (conflict) {
    return (
      <Note tone="wait" icon={<GitMerge size={14} aria-hidden="true" />} className={strip}>
        <p>Somebody else changed the same place as you. Your text is kept, and nothing is saved until you choose.</p>
        <Button variant="primary" className="mt-2" onClick={onChoose}>
          Choose what stays
        </Button>
      </Note>
    )
  }
  if (trouble?.kind === 'unreachable') {
    return (
      <Note tone="wait" icon={<WifiOff size={14} aria-hidden="true" />} className={strip}>
        The server is unreachable. Go on typing: your text is kept in this tab and saved once the server responds.
      </Note>
    )
  }
  if (trouble?.kind === 'unreadable') {
    const reading = readJson(doc)
    return (
      <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />} className={strip}>
        {'fault' in reading ? faultWords(reading.fault, 'The text is not complete') : <Ticked text={trouble.message} />}
      </Note>
    )
  }
  if (trouble?.kind === 'refused') {
    return (
      <Note tone="fail" icon={<TriangleAlert size={14} aria-hidden="true" />} className={strip}>
        <Ticked text={trouble.message} />
        <span className="mt-2 flex items-center gap-2">
          <Button onClick={() => session.happen({ type: 'again' })}>Try again</Button>
          <Copy text={doc} label="Copy the text" />
        </span>
      </Note>
    )
  }
  if (!refusal) return null
  return (
    <Note icon={<TriangleAlert size={14} aria-hidden="true" />} className={strip}>
      <p role="alert">
        <Ticked text={refusal.message} />
        {refusal.meetings.length > 0 && ': somebody else changed the same since.'}
      </p>
      <Meetings meetings={refusal.meetings} />
      <Button className="mt-2" onClick={() => session.happen({ type: 'noticed' })}>
        Close
      </Button>
    </Note>
  )
}
