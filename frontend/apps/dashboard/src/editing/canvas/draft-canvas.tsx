// The canvas of a draft: its stages, and everything that can be done with them.

import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Plus, Search, X } from 'lucide-react'
import { useStore } from 'zustand'
import type { ProblemFieldsFragment } from '@flowmason/graphql'
import {
  type CanvasEdit,
  type CanvasNote,
  type CanvasStage,
  type Rect,
  createCanvasStore,
  createEditStore,
  runsOthers,
} from '@flowmason/pipeline-canvas'
import { Canvas, CanvasSkeleton } from '@flowmason/pipeline-canvas/canvas'
import { type Alignment, NotesInOverview, editParts, extentWith } from '@flowmason/pipeline-canvas/editing'
import { Button, Empty, IconButton, Kbd, Ticked } from '@flowmason/ui'
import { useCopilotCanvas } from '../../copilot/use-copilot-canvas.ts'
import { makeLayoutWorker } from '../../lib/layout-worker.ts'
import { count } from '../../lib/words.ts'
import { isOver } from '../../run/journal.ts'
import type { Person } from '../link.ts'
import type { DraftSession } from '../session.ts'
import type { Step } from '../sync.ts'
import { CanvasActions, type Where } from './actions.ts'
import { Arranging } from './arranging.ts'
import { CanvasMenu } from './canvas-menu.tsx'
import { type Command, shortcutOf } from './commands.ts'
import { routesOf, stagesIn } from './copy.ts'
import { CanvasResults } from '../results/canvas-results.ts'
import type { DraftResults } from '../results/results.ts'
import { type Extent, WHOLE } from '../results/start.ts'
import { facesOf, peopleAt } from './faces.ts'
import { type Folds, foldedStages, hiding, keepFolds, readFolds } from './folding.ts'
import { listsOf, mapOf } from './graph.ts'
import { useCanvasKeys } from './keys.ts'
import { NoteActions } from './notes.ts'
import {
  AlignmentPicker,
  ComponentPicker,
  ConnectPicker,
  DisconnectPicker,
  ListPicker,
  StageFinder,
} from './pickers.tsx'

interface Props {
  pipelineId: string
  session: DraftSession
  people: readonly Person[]
  /** The number of changes of the canvas that the server does not answer. */
  waiting: number
  /** Undefined until they are known. */
  stages: readonly CanvasStage[] | undefined
  /** The notes as they are saved. */
  notes: readonly CanvasNote[]
  problems: readonly ProblemFieldsFragment[]
  /** The selected stage, wherever it was selected. */
  stage: string | null
  onStage: (stage: string | null) => void
  onStep: (step: Step) => void
  onSave: () => void
  onRun: (extent: Extent) => void
  /** The run whose results the cards show. */
  results: DraftResults
  /** The stages whose output is pinned. */
  pins: ReadonlySet<string>
}

/** What one chooses from a list. */
type Choosing =
  | { what: 'component'; where: Where }
  | { what: 'connect'; from: readonly string[] }
  | { what: 'disconnect'; stage: string }
  | { what: 'list'; moved: readonly string[]; control?: string }
  | { what: 'inside'; control: string }
  | { what: 'find' }
  | { what: 'align'; stages: readonly string[] }

const NO_STAGES: readonly CanvasStage[] = []

/** Not rendered again while somebody types. */
export const DraftCanvas = memo(function DraftCanvas(props: Props) {
  const { pipelineId, session, people, waiting, stages, notes, problems, stage, onStage, onStep, onSave, onRun } = props
  const { results, pins } = props
  const host = useRef<HTMLDivElement>(null)
  const [canvas] = useState(createCanvasStore)
  const [edit] = useState(createEditStore)
  const [choosing, setChoosing] = useState<Choosing>()
  const [said, setSaid] = useState<string>()
  const [actions] = useState(() => new CanvasActions({ session, canvas, edit, say: setSaid }))
  useEffect(
    () => actions.update({ stages: stages ?? NO_STAGES, onStage, undo: () => onStep('undo') }),
    [actions, stages, onStage, onStep],
  )
  const [arranging] = useState(() => new Arranging({ session, edit, say: setSaid }))
  const [writing] = useState(() => new NoteActions({ session, edit, say: setSaid }))
  useEffect(() => arranging.update(stages), [arranging, stages])
  useEffect(() => arranging.flush, [arranging])
  useEffect(() => writing.update(notes), [writing, notes])
  const ahead = useStore(arranging.ahead, ({ list }) => list)
  const [folds, setFolds] = useState(() => readFolds(pipelineId))
  const fold = useCallback(
    (next: Folds) => {
      keepFolds(pipelineId, next)
      setFolds(next)
    },
    [pipelineId],
  )
  const folded = useMemo(
    () => stages && foldedStages(arranging.shown(stages, ahead), folds),
    [arranging, stages, ahead, folds],
  )
  const standIn = folded?.standIn
  const noted = useStore(edit, (state) => state.notes)
  const grown = useCallback((at: Rect) => extentWith(at, noted), [noted])
  const drawing = useMemo(() => <NotesInOverview notes={noted} />, [noted])
  useEffect(() => edit.setState({ folds: folded?.folds ?? {} }), [edit, folded])
  const faces = useMemo(() => facesOf(problems, standIn), [problems, standIn])
  const drawn = folded?.stages ?? NO_STAGES
  const [cards] = useState(() => new CanvasResults(canvas, edit))
  useEffect(() => {
    const show = () => cards.update({ stages: drawn, problems: faces, results: results.store.getState(), pins })
    show()
    return results.store.subscribe(show)
  }, [cards, drawn, faces, results, pins])
  useEffect(() => cards.close, [cards])
  // Only while the run goes on: what has not begun then is faded.
  const live = useStore(results.store, (state) => state.live !== undefined && !isOver(state.live.run.status))
  useEffect(() => edit.setState({ people: peopleAt(people, standIn) }), [edit, people, standIn])
  if (stage !== null && stages && standIn?.has(stage)) {
    // What is selected is shown, wherever it was selected.
    const open = new Set(folds)
    for (const id of hiding(stages, folds, stage)) open.delete(id)
    fold(open)
  }
  useEffect(() => {
    if (canvas.getState().selected === stage) return
    // It was selected in the text.
    canvas.setState({ selected: stage })
    edit.setState({ picked: new Set(stage === null ? [] : [stage]), edge: null })
  }, [canvas, edit, stage])
  useCopilotCanvas(edit, onStage)
  const picked = useStore(edit, (state) => state.picked)
  const edge = useStore(edit, (state) => state.edge)
  const map = useMemo(() => mapOf(stages ?? NO_STAGES), [stages])

  /** The routes of a router, also those without stages. */
  const routes = (id: string): string[] => {
    const value = stagesIn(session.state().sync.doc)?.find((each) => each.id === id)
    return routesOf(value)
  }
  const controlOf = (id: string | undefined): CanvasStage | undefined => {
    const found = id === undefined ? undefined : map.get(id)
    return found && runsOthers(found) ? found : undefined
  }
  /** Puts stages into a control stage: into its list if it has one, else into the one that is chosen. */
  const moveInto = (ids: readonly string[], control: string | null) => {
    if (control === null) return actions.move(ids, undefined)
    const found = map.get(control)
    const lists = found ? listsOf(found, routes(control)) : []
    if (lists.length === 1) return actions.move(ids, lists[0]?.into)
    setChoosing({ what: 'list', moved: ids, control })
  }
  const addInside = () => {
    const found = controlOf(actions.only())
    if (!found) return setSaid('Select a stage that runs others first, such as a `foreach`.')
    const lists = listsOf(found, routes(found.id))
    const [only] = lists
    if (only && lists.length === 1) setChoosing({ what: 'component', where: { into: only.into } })
    else setChoosing({ what: 'inside', control: found.id })
  }
  /** Folds control stages, or unfolds them if all are folded. */
  const foldThese = (ids: readonly string[]) => {
    if (ids.length === 0) return setSaid('Select a stage that runs others first, such as a `foreach`.')
    const next = new Set(folds)
    if (ids.every((id) => folds.has(id))) for (const id of ids) next.delete(id)
    else {
      for (const id of ids) next.add(id)
      // The selection does not stay at what is hidden now.
      const hidden = stages ? foldedStages(stages, next).standIn : undefined
      const left = actions.picked().map((id) => hidden?.get(id) ?? id)
      if (actions.picked().some((id) => hidden?.has(id))) actions.select([...new Set(left)], { focus: true })
    }
    fold(next)
  }
  /** The control stages among the selected ones; without one, that which runs the selected stage. */
  const foldable = (): string[] => {
    const groups = edit.getState().folds
    const ids = actions.picked()
    const own = ids.filter((id) => Object.hasOwn(groups, id))
    return own.length > 0 ? own : ids.flatMap((id) => map.get(id)?.parent ?? []).slice(0, 1)
  }
  const align = (how: Alignment) => arranging.align(actions.picked(), how)
  const run = (command: Command) => {
    setSaid(undefined)
    const ids = actions.picked()
    const only = actions.only()
    switch (command) {
      case 'add':
        return setChoosing({ what: 'component', where: { stage: only } })
      case 'addInside':
        return addInside()
      case 'connect':
        return ids.length > 0 && setChoosing({ what: 'connect', from: ids })
      case 'disconnect':
        return only !== undefined && setChoosing({ what: 'disconnect', stage: only })
      case 'rename':
        return only !== undefined && edit.setState({ renaming: { stage: only } })
      case 'move':
        return ids.length > 0 && setChoosing({ what: 'list', moved: ids })
      case 'duplicate':
        return ids.length > 0 && actions.duplicate()
      case 'remove': {
        // What a folded one hides goes with it.
        const hidden = [...(standIn ?? [])].flatMap(([id, at]) => (ids.includes(at) ? [id] : []))
        if (hidden.length > 0) edit.setState({ picked: new Set([...ids, ...hidden]) })
        return actions.remove()
      }
      case 'selectAll':
        return actions.select((folded?.stages ?? []).map(({ id }) => id))
      case 'find':
        return map.size > 0 && setChoosing({ what: 'find' })
      case 'align':
        return ids.length > 1
          ? setChoosing({ what: 'align', stages: ids })
          : setSaid('Select at least two stages first: Shift and a click, or Shift and Enter.')
      case 'alignLeft':
        return align('left')
      case 'alignCenter':
        return align('center')
      case 'alignTop':
        return align('top')
      case 'distributeAcross':
        return align('across')
      case 'distributeDown':
        return align('down')
      case 'tidy':
        return arranging.tidy(ids)
      case 'fold':
        return foldThese(foldable())
      case 'foldAll':
        return foldThese(Object.keys(edit.getState().folds))
      case 'note':
        return writing.add(arranging.freePlace)
      case 'undo':
      case 'redo':
        arranging.flush()
        return onStep(command)
      case 'save':
        return onSave()
      case 'run':
        return onRun(WHOLE)
      case 'runOnly':
        return only !== undefined && onRun({ kind: 'only', stage: only })
    }
  }
  const paste = (text: string) => {
    setSaid(undefined)
    actions.paste(text)
  }
  useCanvasKeys({
    host: () => host.current,
    run: (command) => void run(command),
    onFocused: (id) => {
      if (!edit.getState().picked.has(id)) actions.select([id])
    },
    onStep: ({ dx, dy }) => {
      const ids = actions.picked()
      arranging.nudge(ids, dx, dy)
      return ids.length > 0
    },
    onNote: (id, what) => {
      if (what === 'rename') edit.setState({ writing: id })
      else if (what === 'remove') writing.remove(id)
      else if (typeof what === 'object') {
        const note = edit.getState().notes.find((each) => each.id === id)
        if (note) writing.change(id, { x: note.x + what.dx, y: note.y + what.dy })
      } else return false
      return true
    },
    onToggle: actions.toggle,
    onEscape: () => {
      setSaid(undefined)
      actions.select([])
    },
    copied: actions.copied,
    onCut: actions.remove,
    onPaste: paste,
  })
  const drop = useRef({ moveInto, foldThese })
  useEffect(() => {
    drop.current = { moveInto, foldThese }
  })
  const editing = useMemo(
    (): CanvasEdit => ({
      store: edit,
      parts: editParts,
      onPick: (id, add) => (add ? actions.toggle(id) : actions.select([id])),
      onPickAll: (ids) => actions.select(ids),
      onPickEdge: actions.selectEdge,
      onConnect: (source, target) => actions.connect([source], target),
      onWire: (id, side) => setChoosing({ what: 'component', where: { stage: id, side } }),
      onMove: (ids, into, places) => {
        // In a frame, the layout decides; beside all frames, it is where it was dropped.
        if (into !== null) {
          edit.setState({ shift: null })
          void drop.current.moveInto(ids, into)
        } else actions.move(ids, undefined, (edits) => arranging.place(places, edits))
      },
      onPlace: (places) => void arranging.place(places),
      onLaidOut: arranging.laidOut,
      onFold: (id) => drop.current.foldThese([id]),
      onNote: writing.change,
      onNoteRemove: writing.remove,
      onRenameStart: (id) => edit.setState({ renaming: { stage: id } }),
      onRename: (id, to) => void actions.rename(id, to),
      onRenameEnd: () => edit.setState({ renaming: null }),
    }),
    [edit, actions, arranging, writing],
  )
  const select = useMemo(() => (id: string | null) => actions.select(id === null ? [] : [id]), [actions])
  const end = () => setChoosing(undefined)
  const selected = picked.size
  const note = useMemo(
    () => (
      <span className="truncate text-xs text-muted" role="status">
        {waiting > 0
          ? `${count(waiting, 'change')} will be made once the server responds`
          : selected > 1 && `${selected} selected`}
      </span>
    ),
    [waiting, selected],
  )
  const addFirst = useCallback(() => setChoosing({ what: 'component', where: {} }), [])
  const empty = useMemo(() => <NoStages onAdd={addFirst} />, [addFirst])
  return (
    <div ref={host} data-pane="canvas" className="relative flex h-full min-h-0 flex-col" data-testid="draft-canvas">
      <div
        role="group"
        aria-label="Change the stages"
        className="flex h-9 shrink-0 items-center gap-0.5 border-b border-line bg-bg px-1.5"
      >
        <Button
          variant="quiet"
          icon={<Plus size={14} aria-hidden="true" />}
          shortcut={shortcutOf('add')}
          onClick={() => void run('add')}
        >
          Add a stage
        </Button>
        <IconButton
          label="Find a stage"
          shortcut={shortcutOf('find')}
          disabled={map.size === 0}
          onClick={() => void run('find')}
        >
          <Search size={15} aria-hidden="true" />
        </IconButton>
        <CanvasMenu
          state={{
            picked: picked.size,
            control: picked.size === 1 && controlOf([...picked][0]) !== undefined,
            edge: edge !== null,
            any: map.size > 0,
            several: picked.size > 1,
            group: (folded && Object.keys(folded.folds).length > 0) === true,
            placed: folded?.stages.some(({ position }) => position) === true,
          }}
          // A menu that closes gives the focus back, which would end renaming at once.
          onRun={(command) => void setTimeout(() => void run(command), AFTER_MENU_MS)}
          onCopy={() => {
            const text = actions.copied()
            if (text !== undefined) void copyText(text).then((ok) => !ok && setSaid(NO_CLIPBOARD))
          }}
          onPaste={() => void pasteText().then((text) => (text === undefined ? setSaid(NO_CLIPBOARD) : paste(text)))}
        />
      </div>
      <div className="relative min-h-0 flex-1">
        {folded ? (
          <Canvas
            stages={folded.stages}
            store={canvas}
            live={live}
            edit={editing}
            grown={grown}
            drawing={drawing}
            makeLayoutWorker={makeLayoutWorker}
            onSelect={select}
            note={note}
            empty={empty}
          />
        ) : (
          <CanvasSkeleton />
        )}
      </div>
      {said !== undefined && (
        <div className="absolute inset-x-2 top-12 z-20 flex justify-center">
          <p
            role="alert"
            className="flex items-start gap-2 rounded-control border border-line2 bg-panel py-1 pr-1 pl-3 text-xs shadow-float"
          >
            <span className="min-w-0 py-1">
              <Ticked text={said} />
            </span>
            <IconButton label="Close" className="size-6" onClick={() => setSaid(undefined)}>
              <X size={13} aria-hidden="true" />
            </IconButton>
          </p>
        </div>
      )}
      {choosing?.what === 'component' && (
        <ComponentPicker
          where={choosing.where}
          onPick={(component) => {
            end()
            actions.add(component, choosing.where)
          }}
          onClose={end}
        />
      )}
      {choosing?.what === 'connect' && (
        <ConnectPicker
          stages={map}
          from={choosing.from}
          onPick={(target) => {
            end()
            actions.connect(choosing.from, target)
          }}
          onClose={end}
        />
      )}
      {choosing?.what === 'disconnect' && (
        <DisconnectPicker
          stages={map}
          stage={choosing.stage}
          onPick={(pair) => {
            end()
            actions.disconnect([pair])
          }}
          onClose={end}
        />
      )}
      {choosing?.what === 'list' && (
        <ListPicker
          label={choosing.control === undefined ? 'Move into' : `Move into ${choosing.control}`}
          stages={map}
          moved={choosing.moved}
          control={choosing.control}
          routes={routes}
          onPick={(into) => {
            end()
            actions.move(choosing.moved, into)
          }}
          onClose={end}
        />
      )}
      {choosing?.what === 'inside' && (
        <ListPicker
          label={`Add a stage inside ${choosing.control}`}
          stages={map}
          moved={[]}
          control={choosing.control}
          routes={routes}
          onPick={(into) => setChoosing(into ? { what: 'component', where: { into } } : undefined)}
          onClose={end}
        />
      )}
      {choosing?.what === 'align' && (
        <AlignmentPicker
          onPick={(how) => {
            end()
            arranging.align(choosing.stages, how)
          }}
          onClose={end}
        />
      )}
      {choosing?.what === 'find' && (
        <StageFinder
          stages={map}
          onPick={(id) => {
            end()
            // The list that closes gives the focus back first.
            setTimeout(() => actions.select([id], { focus: true }), AFTER_MENU_MS)
          }}
          onClose={end}
        />
      )}
    </div>
  )
})

const NoStages = ({ onAdd }: { onAdd: () => void }) => (
  <Empty title="No stages" className="h-full" action={<Button onClick={onAdd}>Add a stage</Button>}>
    Press <Kbd>/</Kbd> to add the first one, or paste stages.
  </Empty>
)

const AFTER_MENU_MS = 60
const NO_CLIPBOARD = 'The browser does not let the page use the clipboard. Use the keyboard shortcuts instead.'

/** Pages without TLS have no clipboard. */
const clipboard = (): Clipboard | undefined => navigator.clipboard

const copyText = async (text: string): Promise<boolean> => {
  try {
    await clipboard()?.writeText(text)
    return clipboard() !== undefined
  } catch {
    return false
  }
}

const pasteText = async (): Promise<string | undefined> => {
  try {
    return await clipboard()?.readText()
  } catch {
    return undefined
  }
}
