// How the cards of a draft are arranged by people: positions as edits of the file, shown at once. What is moved by key is
// one change after a pause.

import { type CanvasEdit, type CanvasStage, buildGraph, entryOf } from '@flowmason/pipeline-canvas'
import {
  type Alignment,
  Field,
  type NewPlaces,
  aligned,
  movedBy,
  tidied,
  withInside,
} from '@flowmason/pipeline-canvas/editing'
import { createStore } from 'zustand/vanilla'
import { isObject, readJson } from '../../lib/json-text.ts'
import { type Edit, MOST_EDITS, type Outcome, type Path } from '../edits.ts'
import type { EditingContext } from './context.ts'
import { type StageMap, isInside } from './graph.ts'

type LaidOut = Parameters<CanvasEdit['onLaidOut']>

/** The pause after which what was moved by key is saved. */
const PAUSE_MS = 450

/** Positions that are shown before the stages have them; `done`: the server has them. */
interface Ahead {
  places: NewPlaces
  done: boolean
}

interface Nudged {
  ids: readonly string[]
  dx: number
  dy: number
}
const isSame = (a: Nudged | undefined, ids: readonly string[]): a is Nudged => a?.ids.join('\n') === ids.join('\n')

export class Arranging {
  private readonly context: EditingContext
  private laid: LaidOut | undefined
  private stages: readonly CanvasStage[] | undefined
  private nudged: Nudged | undefined
  /** The part of it that is saved and not laid out yet. */
  private held: Nudged | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  readonly ahead = createStore<{ list: readonly Ahead[] }>(() => ({ list: [] }))

  constructor(context: EditingContext) {
    this.context = context
  }

  readonly laidOut = (...laid: LaidOut) => {
    this.laid = laid
    if (this.nudged && this.held)
      this.nudged = { ...this.nudged, dx: this.nudged.dx - this.held.dx, dy: this.nudged.dy - this.held.dy }
    this.held = undefined
    this.showNudged()
  }

  /** The stages were read again: they have what the server had. */
  readonly update = (stages: readonly CanvasStage[] | undefined) => {
    if (this.stages === stages) return
    this.stages = stages
    const { list } = this.ahead.getState()
    if (list.some(({ done }) => done)) this.ahead.setState({ list: list.filter(({ done }) => !done) })
  }

  readonly shown = (stages: readonly CanvasStage[], list: readonly Ahead[]): readonly CanvasStage[] => {
    if (list.length === 0) return stages
    const places = new Map(list.flatMap((each) => [...each.places]))
    return stages.map((stage) => (places.has(stage.id) ? { ...stage, position: places.get(stage.id) ?? null } : stage))
  }

  /** A place of this size in the middle of what is in view, or beside the cards and notes that are there. */
  readonly freePlace = (size: { width: number; height: number }): { x: number; y: number } => {
    const view = this.laid?.[2].store.getState()
    if (!this.laid || !view || view.width === 0) return { x: 0, y: 0 }
    const field = new Field()
    const [{ stages, frames }] = this.laid
    const { notes } = this.context.edit.getState()
    for (const place of [...stages.values(), ...frames.values(), ...notes]) field.add(place)
    const x = (view.width / 2 - view.x) / view.zoom - size.width / 2
    const y = (view.height / 2 - view.y) / view.zoom - size.height / 2
    return field.nearest({ x, y, ...size }, 12, 24)
  }

  /** Moves stages by a step now, and saves it once there is a pause. */
  readonly nudge = (ids: readonly string[], dx: number, dy: number) => {
    if (ids.length === 0) return
    if (this.nudged && !isSame(this.nudged, ids)) this.flush()
    if (!isSame(this.held, ids)) this.held = undefined
    const { dx: x, dy: y } = this.nudged ?? this.held ?? { dx: 0, dy: 0 }
    this.nudged = { ids, dx: x + dx, dy: y + dy }
    clearTimeout(this.timer)
    this.timer = setTimeout(this.flush, PAUSE_MS)
    this.showNudged()
  }

  private readonly showNudged = () => {
    if (!this.nudged || !this.laid) return
    const { ids, dx, dy } = this.nudged
    this.context.edit.setState({ shift: { stages: [...withInside(this.laid[1], ids)], dx, dy } })
  }

  readonly flush = () => {
    clearTimeout(this.timer)
    const { nudged, laid } = this
    this.nudged = undefined
    if (!nudged || !laid) return
    this.held = nudged
    if (nudged.dx === 0 && nudged.dy === 0) return this.context.edit.setState({ shift: null })
    void this.place(movedBy(laid[0], laid[1], nudged.ids, [nudged.dx, nudged.dy]))
  }

  readonly align = (ids: readonly string[], how: Alignment) => {
    this.flush()
    const places = this.laid && aligned(this.laid[0], this.laid[1], ids, how)
    if (!places) return this.context.say('Select at least two stages that are in the same frame, or in none.')
    void this.place(places)
  }

  /** Gives stages back to the layout; all of them if none is named. */
  readonly tidy = (ids: readonly string[]) => {
    this.flush()
    // Also those that are hidden in folded ones.
    const places = tidied(buildGraph(this.stages ?? []), ids)
    if (places.size === 0) {
      this.context.say(
        ids.length > 0 ? 'The layout places these stages already.' : 'The layout places all stages already.',
      )
      return
    }
    void this.place(places)
  }

  /** Saves positions as one change, after other edits if there are some. */
  readonly place = async (places: NewPlaces, before: readonly Edit[] = []): Promise<Outcome> => {
    const known = new Map((this.stages ?? []).map((stage) => [stage.id, stage]))
    const changed = new Map(
      [...this.withHidden(places, known)].filter(([id, place]) => {
        const now = known.get(id)?.position ?? null
        return now?.x !== place?.x || now?.y !== place?.y
      }),
    )
    if (changed.size === 0 && before.length === 0) {
      this.context.edit.setState({ shift: null })
      return { ok: true }
    }
    const ahead: Ahead = { places: changed, done: false }
    this.ahead.setState(({ list }) => ({ list: [...list, ahead] }))
    const outcome = await this.send([
      ...before,
      ...editsOf(changed, this.context.session.state().sync.doc, this.stages ?? []),
    ])
    this.ahead.setState(({ list }) => ({
      list: list.flatMap((each) => (each !== ahead ? [each] : outcome.ok ? [{ ...each, done: true }] : [])),
    }))
    if (!outcome.ok) {
      this.context.edit.setState({ shift: null })
      this.context.say(outcome.message)
    }
    return outcome
  }

  /** What a folded control stage hides moves with it, where it was placed. */
  private readonly withHidden = (places: NewPlaces, known: StageMap): NewPlaces => {
    const { folds } = this.context.edit.getState()
    const all = new Map(places)
    for (const [id, place] of places) {
      const before = known.get(id)?.position
      if (!place || !before || entryOf(folds, id)?.folded !== true) continue
      for (const { id: inner, position } of known.values())
        if (position && !places.has(inner) && isInside(known, inner, id))
          all.set(inner, { x: position.x + place.x - before.x, y: position.y + place.y - before.y })
    }
    return all
  }

  private readonly send = async (edits: readonly Edit[]): Promise<Outcome> => {
    for (let from = 0; from < edits.length; from += MOST_EDITS) {
      const part = edits.slice(from, from + MOST_EDITS)
      let outcome = await this.context.session.edit(part)
      // Two put the same card elsewhere: the later one stays, as it is about nothing else.
      if (!outcome.ok && outcome.meetings && outcome.meetings.length > 0 && part.every(isPlace))
        outcome = await this.context.session.edit(part)
      if (!outcome.ok) return outcome
    }
    return { ok: true }
  }
}

const isPlace = (edit: Edit): boolean => (edit.op === 'setField' || edit.op === 'unsetField') && isOfCanvas(edit.path)

const isOfCanvas = (path: Path): boolean => path[0] === 'position' || (path[0] === 'metadata' && path[1] === 'canvas')

const ARRANGED = ['metadata', 'canvas', 'arranged']

/** Positions as edits of the file. The first ones make those of the file count, so others there were are removed. */
function editsOf(places: NewPlaces, text: string, stages: readonly CanvasStage[]): Edit[] {
  if (places.size === 0) return []
  const edits = [...places].map(([stage, place]): Edit =>
    place
      ? { op: 'setField', stage, path: ['position'], value: { x: place.x, y: place.y } }
      : { op: 'unsetField', stage, path: ['position'] },
  )
  const file = objectIn(text)
  const metadata = objectOf(file['metadata'])
  const canvas = objectOf(metadata['canvas'])
  if (![...places.values()].some(Boolean)) {
    const left = stages.some(({ id, position }) => position && !places.has(id))
    return left || !('arranged' in canvas) ? edits : [...edits, withoutMark(metadata, canvas)]
  }
  if (canvas['arranged'] === true) return edits
  // With control stages, they are positions of another program and did not count.
  if (stages.some(({ parent }) => parent)) {
    const list: unknown[] = Array.isArray(file['stages']) ? file['stages'] : []
    for (const each of list.map(objectOf)) {
      const id = each['id']
      if (typeof id === 'string' && 'position' in each && !places.has(id))
        edits.push({ op: 'unsetField', stage: id, path: ['position'] })
    }
  }
  return [...edits, { op: 'setField', path: ARRANGED, value: true }]
}

/** Takes the mark away, and what has nothing else in it. */
function withoutMark(metadata: Record<string, unknown>, canvas: Record<string, unknown>): Edit {
  const least = Object.keys(canvas).length > 1 ? 3 : Object.keys(metadata).length > 1 ? 2 : 1
  return { op: 'unsetField', path: ARRANGED.slice(0, least) }
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

function objectIn(text: string): Record<string, unknown> {
  const reading = readJson(text)
  return 'fault' in reading ? {} : objectOf(reading.value)
}
