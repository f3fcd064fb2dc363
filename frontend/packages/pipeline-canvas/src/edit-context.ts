// What the canvas tells an editor, and what it shows for one. Without an editor nothing of it is rendered.

import { type ComponentType, type ReactNode, type RefObject, createContext } from 'react'
import { type StoreApi, createStore } from 'zustand/vanilla'
import type { Arrangement, Rect } from './arrange.ts'
import type { StageMark } from './faces.ts'
import type { Spot } from './gesture-places.ts'
import type { layoutByWorker } from './layout-client.ts'
import type { Graph } from './model.ts'
import type { NewPlaces } from './moving.ts'
import type { Viewport } from './viewport.ts'

/** The side of a card that a wire begins at: a new stage comes after it, or before it. */
export type Side = 'out' | 'in'

/** What stands below a card: the beginning of its output, or its error. */
export interface CardResult {
  text: string
  failed?: boolean
}

/** What the pointer is doing. All places are on the plane. */
export type Gesture =
  | { kind: 'wire'; stage: string; side: Side; from: Spot; to: Spot; over: string | null }
  | { kind: 'frame'; from: Spot; to: Spot }
  /** Stages are moved, maybe to another control stage; '' is the top level. */
  | { kind: 'move'; stages: readonly string[]; from: Spot; to: Spot; into: string }
  | { kind: 'note'; note: string; from: Spot; to: Spot }

/** Cards that are shown so far from where they are laid out. */
export interface Shift {
  stages: readonly string[]
  dx: number
  dy: number
}

/** A text card on the canvas. Its size follows from its text. */
export interface CanvasNote extends Rect {
  id: string
  text: string
  color: string
}

/** How a stage would change. */
export interface PointedStage {
  mark: StageMark
  word: string
  sign: ReactNode
}

export interface EditState {
  /** All selected stages; the one that `CanvasState.selected` names is among them. */
  picked: ReadonlySet<string>
  /** The selected edge. */
  edge: string | null
  renaming: { stage: string; problem?: string | undefined; busy?: boolean } | null
  /** The stage that gets the keyboard focus once it is there. */
  focus: string | null
  /** Who else is at a stage. */
  people: Readonly<Record<string, readonly string[]>>
  /** What the stages did in the run that is shown. */
  results?: Readonly<Record<string, CardResult>>
  /** The stages whose output is pinned. */
  pins?: ReadonlySet<string>
  gesture: Gesture | null
  /** What would become of stages, while somebody looks at a proposed change. */
  pointed?: Readonly<Record<string, PointedStage>>
  /** Moved by key, or dropped and not laid out yet. */
  shift: Shift | null
  /** Whether what a control stage runs is hidden, and how many stages that are. */
  folds: Readonly<Record<string, { folded: boolean; inside: number }>>
  /** The note whose text is being changed. */
  writing: string | null
  notes: readonly CanvasNote[]
  /** The note that gets the keyboard focus. */
  focusNote: string | null
}
export type EditStore = StoreApi<EditState>

export const createEditStore = (): EditStore =>
  createStore<EditState>(() => ({
    picked: new Set(),
    edge: null,
    renaming: null,
    focus: null,
    people: {},
    gesture: null,
    shift: null,
    folds: {},
    writing: null,
    notes: [],
    focusNote: null,
  }))

/** What is rendered for an editor (`editing.ts`). The host passes it, so that pages without an editor do not load it. */
export interface EditParts {
  /** Inside of each card. */
  Card: ComponentType<{ stage: string; edit: CanvasEdit }>
  /** On the plane, above the cards. */
  Layer: ComponentType<LayerProps>
  /** Lays out, or knows the layout from before: moving a card changes none. */
  lay?: typeof layoutByWorker
}

export interface LayerProps {
  arrangement: Arrangement
  graph: Graph
  edit: CanvasEdit
  host: RefObject<HTMLElement | null>
}

export interface CanvasEdit {
  store: EditStore
  parts: EditParts
  /** `add`: besides those that are selected, or no longer if it is among them. */
  onPick: (stage: string, add: boolean) => void
  onPickAll: (stages: readonly string[]) => void
  onPickEdge: (edge: string) => void
  /** A wire was drawn from one stage to another, in the direction of the run. */
  onConnect: (source: string, target: string) => void
  /** A wire was dropped beside all stages. */
  onWire: (stage: string, side: Side) => void
  /** Stages were dropped onto the frame of a control stage, or beside all frames, where `places` has them. */
  onMove: (stages: readonly string[], into: string | null, places: NewPlaces) => void
  /** Cards were put elsewhere. */
  onPlace: (places: NewPlaces) => void
  /** The layout that is shown, for what is moved by key. */
  onLaidOut: (arrangement: Arrangement, graph: Graph, viewport: Viewport) => void
  onFold: (stage: string) => void
  onNote: (id: string, change: Partial<Pick<CanvasNote, 'text' | 'color' | 'x' | 'y'>>) => void
  onNoteRemove: (id: string) => void
  onRenameStart: (stage: string) => void
  onRename: (stage: string, to: string) => void
  onRenameEnd: () => void
}

export const EditContext = createContext<CanvasEdit | undefined>(undefined)

/** Stands for the editor where there is none, because hooks cannot be left out. */
export const NO_EDIT: Pick<CanvasEdit, 'store'> = { store: createEditStore() }
