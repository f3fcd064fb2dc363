// Brings two sides of a pipeline together: both over what they started from on the canvas, and a choice for each place
// that both changed differently. The result is checked, and then becomes one change of the draft.

import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { ListTree, Map as MapIcon, X } from 'lucide-react'
import { EditDraftDocument } from '@flowmason/graphql/editing'
import { type CanvasStage, createCanvasStore } from '@flowmason/pipeline-canvas'
import { Canvas, CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import { Boundary, Button, ErrorPanel, IconButton, focusFirstField } from '@flowmason/ui'
import { MOST_EDITS } from '../editing/edits.ts'
import { draftOf } from '../editing/link.ts'
import type { Draft, Meeting } from '../editing/sync.ts'
import { makeLayoutWorker } from '../lib/layout-worker.ts'
import { randomId } from '../lib/random-id.ts'
import { useChange } from '../lib/use-change.ts'
import { WIDE, useMedia } from '../lib/use-media.ts'
import { count } from '../lib/words.ts'
import { Split } from '../shell/split.tsx'
import { editsBetween } from './edits-between.ts'
import { ConflictList } from './conflict-list.tsx'
import { newErrors } from './new-errors.ts'
import { type Picked, choiceOf } from './own-value.ts'
import { type Shape, type SideNames, SideSign, type Three, facesOf, shapeOf } from './picture.tsx'
import { type Choice, type Conflict, type Merge, merge, resultOf } from './three-way.ts'
import { useChecked } from './use-checked.ts'
import { type PipelineFile, readFile, textOf } from './values.ts'

export interface MergeDialogProps {
  pipelineId: string
  title: string
  texts: Three<string>
  names: SideNames
  /** The side that is the draft on the server: the edits are made to it. */
  onto: 'mine' | 'theirs'
  /** The revision of the draft that has its text. */
  revision: number
  /** Where the server said that both met. */
  meetings?: readonly Meeting[]
  /** The draft has the result; it is undefined if it had it already. */
  onTaken: (draft: Draft | undefined) => void
  /** Somebody changed the draft meanwhile, so nothing was taken. */
  onMoved: (draft: Draft) => void
  /** The draft has to be read again. */
  onOutdated?: () => void
  /** Another way to choose, for texts that are no files with stages. */
  instead?: { label: string; onChoose: () => void }
  /** Shown if the texts cannot be brought together by their meaning. */
  fallback: ReactNode
  onClose: () => void
}

type Picks = Readonly<Record<string, Picked>>

/** What was picked before the dialog was closed, by the pipeline. A pick for values that are no more is not found. */
const kept = new Map<string, Picks>()

export function MergeDialog(props: MergeDialogProps) {
  const { base, mine, theirs } = props.texts
  const files = useMemo((): Three<PipelineFile> | undefined => {
    const [b, m, t] = [readFile(base), readFile(mine), readFile(theirs)]
    return b && m && t ? { base: b, mine: m, theirs: t } : undefined
  }, [base, mine, theirs])
  const merged = useMemo(() => files && merge(files.base, files.mine, files.theirs), [files])
  return files && merged ? <Readable {...props} files={files} merged={merged} /> : props.fallback
}

function Readable({
  pipelineId,
  title,
  texts,
  names,
  onto,
  revision,
  meetings = [],
  onTaken,
  onMoved,
  onOutdated,
  instead,
  onClose,
  files,
  merged,
}: MergeDialogProps & { files: Three<PipelineFile>; merged: Merge }) {
  const wide = useMedia(WIDE)
  const change = useChange(EditDraftDocument, { inPlace: true })
  const [picks, setPicks] = useState<Picks>(() => kept.get(pipelineId) ?? {})
  useEffect(() => {
    kept.set(pipelineId, picks)
  }, [pipelineId, picks])
  const [stage, setStage] = useState<string | null>(null)
  const [showsCanvas, setShowsCanvas] = useState(false)
  const [met, setMet] = useState(meetings)
  /** A repeated request must not make the change twice. */
  const sent = useRef({ what: '', changeId: '' })
  const pick = useCallback((key: string, picked: Picked) => setPicks((before) => ({ ...before, [key]: picked })), [])
  const choices = useMemo(() => choicesOf(merged, picks), [merged, picks])
  const left = merged.conflicts.length - choices.size
  const result = useMemo(() => (left === 0 ? resultOf(merged, choices) : undefined), [left, merged, choices])
  const source = useMemo(() => result && textOf(result), [result])
  const [ofBase, ofMine, ofTheirs] = [useChecked(texts.base), useChecked(texts.mine), useChecked(texts.theirs)]
  const checking = useChecked(source)
  const mine = ofMine.data
  const theirs = ofTheirs.data
  const errors = checking.data && mine && theirs ? newErrors(checking.data, [mine, theirs]) : undefined
  const edits = useMemo(() => (result ? editsBetween(files[onto], result) : []), [files, onto, result])
  const tooMany = edits.length > MOST_EDITS

  const finish = (draft: Draft | undefined) => {
    kept.delete(pipelineId)
    onTaken(draft)
  }
  const take = async () => {
    if (edits.length === 0) {
      finish(undefined)
      return
    }
    const what = JSON.stringify([revision, edits])
    if (sent.current.what !== what) sent.current = { what, changeId: randomId() }
    const input = { pipelineId, revision, edits: [...edits], changeId: sent.current.changeId }
    const done = await change.run({ input }, ({ code }) => {
      if (code === 'PRECONDITION_FAILED') onOutdated?.()
    })
    if (!done) return
    const { draft, conflicts } = done.editDraft
    if (conflicts.length === 0) {
      finish(draftOf(draft))
      return
    }
    setMet(conflicts.map((each) => ({ message: each.message, mine: each.mine, theirs: each.theirs })))
    onMoved(draftOf(draft))
  }

  const shape = useShape(ofBase.data?.stages, mine?.stages, theirs?.stages)
  const [store] = useState(createCanvasStore)
  const { mine: mineName, theirs: theirsName } = names
  useEffect(() => {
    if (!shape) return
    const isDecided = ({ key }: Conflict) => choices.has(key)
    const ids = shape.stages.map(({ id }) => id)
    const named = { mine: mineName, theirs: theirsName }
    store.setState({ faces: facesOf(ids, files, merged.conflicts, isDecided, named), lines: shape.lines })
  }, [store, shape, files, merged, choices, mineName, theirsName])
  useEffect(() => store.setState({ selected: stage }), [store, stage])

  const listed = useRef<HTMLDivElement>(null)
  const select = useCallback((id: string | null) => {
    setStage(id)
    const items = listed.current?.querySelectorAll<HTMLElement>('[data-conflict]') ?? []
    ;[...items].find((each) => each.dataset['conflict'] === id)?.scrollIntoView({ block: 'nearest' })
  }, [])
  const failed = [ofBase, ofMine, ofTheirs].find((each) => each.problem)
  const canvas = (
    <Boundary name="The canvas">
      {shape ? (
        <Canvas
          stages={shape.stages}
          store={store}
          makeLayoutWorker={makeLayoutWorker}
          onSelect={select}
          note={<Legend names={names} />}
        />
      ) : failed?.problem ? (
        <ErrorPanel
          className="m-4"
          title="The stages could not be loaded"
          problem={failed.problem}
          onRetry={failed.again}
        />
      ) : (
        <CanvasSkeleton />
      )}
    </Boundary>
  )
  const list = (
    <div ref={listed} data-scrolls className="h-full overflow-y-auto">
      <ConflictList
        files={files}
        merged={merged}
        names={names}
        meetings={met}
        picks={picks}
        stage={stage}
        onPick={pick}
        onStage={setStage}
        onAll={(side) => setPicks(Object.fromEntries(merged.conflicts.map(({ key }) => [key, side])))}
        check={{ left, errors, before: errors && checking.data ? errorsOf(checking.data) - errors.length : 0 }}
        problem={checking.problem}
        onCheckAgain={checking.again}
      />
      {tooMany && (
        <ErrorPanel
          className="m-4"
          title="It is too much for one change"
          problem={{ message: `It would be ${edits.length} edits; a change has at most ${MOST_EDITS}.` }}
        />
      )}
      {change.problem && <ErrorPanel className="m-4" title="The draft was not changed" problem={change.problem} />}
    </div>
  )
  return (
    <Radix.Root open onOpenChange={(stays) => !stays && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-[var(--scrim)]" />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          // A click beside it would lose what was chosen.
          onPointerDownOutside={(event) => event.preventDefault()}
          className="fixed inset-0 z-50 flex flex-col border-line2 bg-panel shadow-float outline-none sm:inset-4 sm:rounded-float sm:border"
        >
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="title truncate">{title}</Radix.Title>
              <Radix.Description className="text-xs text-muted">
                What only one side changed is kept. Nothing is lost until you choose.
              </Radix.Description>
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" shortcut="Esc" className="-mr-1.5">
                <X size={16} aria-hidden="true" />
              </IconButton>
            </Radix.Close>
          </header>
          {wide ? (
            <Split
              direction="row"
              label="Width of the list of conflicts"
              className="flex-1"
              initial={480}
              least={320}
              most={0.6}
              first={canvas}
              second={list}
            />
          ) : (
            <div className="min-h-0 flex-1">{showsCanvas ? canvas : list}</div>
          )}
          <footer className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
            <span className="min-w-0 flex-1 text-xs text-muted max-sm:hidden" role="status">
              {left > 0 ? `${count(left, 'conflict')} left to decide` : `${count(edits.length, 'edit')} of the draft`}
            </span>
            {!wide && (
              <Button
                icon={
                  showsCanvas ? <ListTree size={14} aria-hidden="true" /> : <MapIcon size={14} aria-hidden="true" />
                }
                onClick={() => setShowsCanvas(!showsCanvas)}
              >
                {showsCanvas ? 'Show the list' : 'Show the canvas'}
              </Button>
            )}
            {instead && (
              <Button variant="quiet" onClick={instead.onChoose}>
                {instead.label}
              </Button>
            )}
            <Button variant="quiet" onClick={onClose}>
              Later
            </Button>
            <Button
              variant="primary"
              disabled={errors === undefined || tooMany}
              busy={change.busy}
              onClick={() => void take()}
            >
              {errors && errors.length > 0 ? `Use it with ${count(errors.length, 'error')}` : 'Use what I chose'}
            </Button>
          </footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

type Stages = readonly CanvasStage[] | undefined

function useShape(base: Stages, mine: Stages, theirs: Stages): Shape | undefined {
  return useMemo(() => base && mine && theirs && shapeOf({ base, mine, theirs }), [base, mine, theirs])
}

/** The choices that are complete. */
function choicesOf({ conflicts }: Merge, picks: Picks): ReadonlyMap<string, Choice> {
  const made = new Map<string, Choice>()
  for (const conflict of conflicts) {
    const picked = Object.hasOwn(picks, conflict.key) ? picks[conflict.key] : undefined
    const reading = picked === undefined ? undefined : choiceOf(conflict, picked)
    if (reading && 'choice' in reading) made.set(conflict.key, reading.choice)
  }
  return made
}

const errorsOf = ({ problems }: { problems: readonly { severity: string }[] }): number =>
  problems.filter(({ severity }) => severity === 'ERROR').length

const Legend = ({ names }: { names: SideNames }) => (
  <span className="flex min-w-0 items-center gap-3 overflow-hidden text-xs whitespace-nowrap text-muted max-sm:hidden">
    {(['mine', 'theirs', 'both', 'conflict'] as const).map((of) => (
      <span key={of} className="flex items-center gap-1">
        <SideSign of={of} />
        {{ mine: names.mine, theirs: names.theirs, both: 'Both', conflict: 'To decide' }[of]}
      </span>
    ))}
  </span>
)
