// What can be done on the canvas of a draft, as edits. Nothing here knows how it is shown or which key does it.

import { toast } from '@flowmason/ui/toast'
import type { CanvasStage, CanvasStore, Side } from '@flowmason/pipeline-canvas'
import { count } from '../../lib/words.ts'
import type { Edit, ListOf, Outcome, StageValue } from '../edits.ts'
import { type ComponentInfo, idFor, newStage } from './catalogue.ts'
import type { EditingContext } from './context.ts'
import { MOST_STAGES, MOST_TEXT, copyOf, pasted, stagesIn } from './copy.ts'
import {
  type StageMap,
  dependenciesOf,
  mapOf,
  outermost,
  ownList,
  whyNotConnect,
  whyNotMove,
  withInner,
} from './graph.ts'
import { freshId } from './ids.ts'

/** Where a new stage is put. */
export interface Where {
  /** The stage that the wire begins at. */
  stage?: string | undefined
  /** Whether the new stage comes after it or before it. */
  side?: Side
  /** Into this list, and not beside that stage. */
  into?: ListOf
}

interface Context extends EditingContext {
  canvas: CanvasStore
}

/** What changes while the canvas is shown. */
interface Now {
  /** The stages as they are shown. */
  stages: readonly CanvasStage[]
  /** Another stage is selected. */
  onStage: (stage: string | null) => void
  undo: () => void
}

/** Makes edits, maybe together with others. */
type Put = (edits: readonly Edit[]) => Promise<Outcome>

const NO_TEXT = 'The text of the draft is not complete. Complete it first.'

export class CanvasActions {
  private readonly context: Context
  private now: Now = { stages: [], onStage: () => {}, undo: () => {} }
  /** Stages that were added and are not shown yet, with the lists that they are put into. */
  private readonly given = new Map<string, ListOf | undefined>()

  constructor(context: Context) {
    this.context = context
  }

  readonly stages = (): StageMap => mapOf(this.now.stages)

  readonly update = (now: Now) => {
    this.now = now
    if (this.given.size > 0) for (const { id } of now.stages) this.given.delete(id)
  }

  /** The selected stages, in the order of the file. */
  readonly picked = (): string[] => {
    const { picked } = this.context.edit.getState()
    const shown = this.now.stages.flatMap(({ id }) => (picked.has(id) ? [id] : []))
    return [...shown, ...[...picked].filter((id) => this.given.has(id) && !shown.includes(id))]
  }

  private readonly listOf = (id: string | undefined): ListOf | undefined =>
    id === undefined ? undefined : (this.given.get(id) ?? ownList(this.stages(), id))

  /** The stage that is selected, if it is one. */
  readonly only = (): string | undefined => {
    const picked = this.picked()
    return picked.length === 1 ? picked[0] : undefined
  }

  readonly select = (ids: readonly string[], { focus = false } = {}) => {
    const last = ids.at(-1) ?? null
    this.context.edit.setState({ picked: new Set(ids), edge: null, focus: focus ? last : null })
    this.context.canvas.setState({ selected: last })
    this.now.onStage(last)
  }

  /** One more stage is selected, or one less. */
  readonly toggle = (id: string) => {
    const { picked } = this.context.edit.getState()
    this.select(picked.has(id) ? [...picked].filter((each) => each !== id) : [...picked, id])
  }

  readonly selectEdge = (edge: string) => {
    this.select([])
    this.context.edit.setState({ edge })
  }

  private readonly make = async (edits: readonly Edit[]): Promise<Outcome> => {
    const outcome = await this.context.session.edit(edits)
    if (!outcome.ok) this.context.say(refusalOf(outcome))
    return outcome
  }

  private readonly taken = (): Set<string> => new Set([...this.now.stages.map(({ id }) => id), ...this.given.keys()])

  readonly add = (component: ComponentInfo, { stage, side = 'out', into }: Where) => {
    const id = freshId(idFor(component), this.taken())
    const list = into ?? this.listOf(stage)
    const value = newStage(component, id, stage !== undefined && side === 'out' && !into ? [stage] : [])
    const edits: Edit[] = [list ? { op: 'addStage', value, into: list } : { op: 'addStage', value }]
    if (stage !== undefined && side === 'in' && !into) edits.push({ op: 'connect', stage, on: id })
    this.appear([id], list, this.make(edits))
  }

  /** Selects stages that are being added, once they are there. */
  private readonly appear = (ids: readonly string[], into: ListOf | undefined, made: Promise<Outcome>) => {
    for (const id of ids) this.given.set(id, into)
    this.select(ids, { focus: true })
    void made.then(({ ok }) => {
      if (ok) return
      for (const id of ids) this.given.delete(id)
      this.select([])
    })
  }

  readonly connect = (sources: readonly string[], target: string) => {
    const stages = this.stages()
    const edits: Edit[] = []
    for (const source of sources) {
      const reason = whyNotConnect(stages, source, target)
      if (reason) return this.context.say(reason)
      edits.push({ op: 'connect', stage: target, on: source })
    }
    void this.make(edits)
  }

  readonly disconnect = (pairs: readonly { stage: string; on: string }[]) =>
    void this.make(pairs.map((pair): Edit => ({ op: 'disconnect', ...pair })))

  /** Removes the selected edge, or the selected stages. */
  readonly remove = () => {
    const { edge } = this.context.edit.getState()
    if (edge !== null) {
      const pairs = dependenciesOf(this.stages(), edge)
      if (pairs.length === 0) {
        this.context.say('This line shows which stages a control stage runs. Move the stage out of it instead.')
        return
      }
      this.context.edit.setState({ edge: null })
      this.disconnect(pairs)
      return
    }
    const picked = this.picked()
    if (picked.length === 0) return
    // The keyboard goes on beside what is gone.
    const stages = this.stages()
    const before = picked.flatMap((id) => stages.get(id)?.dependsOn ?? [])
    const next = [...before, ...stages.keys()].find((id) => !picked.includes(id)) ?? null
    void this.make(picked.map((stage): Edit => ({ op: 'removeStage', stage }))).then(({ ok }) => {
      if (!ok) return
      this.select([])
      this.context.edit.setState({ focus: next })
      const what = picked.length === 1 ? `${picked[0]} was removed.` : `${count(picked.length, 'stage')} were removed.`
      toast(what, { label: 'Undo', run: () => this.now.undo() })
    })
  }

  readonly rename = async (stage: string, to: string) => {
    const { edit, session } = this.context
    edit.setState({ renaming: { stage, busy: true } })
    const outcome = await session.edit([{ op: 'renameStage', stage, to }])
    if (outcome.ok) {
      edit.setState({ renaming: null })
      this.given.set(to, this.listOf(stage))
      this.select([to], { focus: true })
    } else edit.setState({ renaming: { stage, problem: refusalOf(outcome) } })
  }

  /** Moves stages into a list of a control stage, or to the top level. What others among them run moves with them. */
  /** `put`: makes the move with the places where they were dropped. Otherwise the layout decides. */
  readonly move = (ids: readonly string[], into: ListOf | undefined, put?: Put) => {
    const stages = this.stages()
    const outer = outermost(stages, ids)
    for (const id of outer) {
      const reason = into && whyNotMove(stages, id, into.control)
      if (reason) return this.context.say(reason)
    }
    const edits = outer.map((stage): Edit => (into ? { op: 'moveStage', stage, into } : { op: 'moveStage', stage }))
    if (put) return void put(edits)
    for (const stage of withInner(stages, outer))
      if (stages.get(stage)?.position) edits.push({ op: 'unsetField', stage, path: ['position'] })
    void this.make(edits)
  }

  /** The selected stages as JSON, with what they run. */
  readonly copied = (): string | undefined => {
    const ids = withInner(this.stages(), this.picked())
    const text = ids.length > 0 ? copyOf(this.context.session.state().sync.doc, ids) : undefined
    if (ids.length > 0 && text === undefined) this.context.say(NO_TEXT)
    return text
  }

  readonly paste = (text: string) => {
    if (text.length > MOST_TEXT) return this.context.say('What was copied is longer than a pipeline may be.')
    const stages = stagesIn(text)
    if (!stages) return this.context.say('There are no stages to paste. Copy stages or a pipeline first.')
    this.put(stages, this.listOf(this.only()))
  }

  readonly duplicate = () => {
    const stages = this.stages()
    const text = this.copied()
    const values = text === undefined ? undefined : stagesIn(text)
    if (!values) return
    const lists = outermost(stages, this.picked()).map((id) => ownList(stages, id))
    const alike = lists.every((each) => JSON.stringify(each) === JSON.stringify(lists[0]))
    this.put(values, alike ? lists[0] : undefined)
  }

  private readonly put = (values: readonly StageValue[], into: ListOf | undefined) => {
    if (values.length > MOST_STAGES) {
      this.context.say(`At most ${MOST_STAGES} stages can be added at once, and these are ${values.length}.`)
      return
    }
    const { edits, ids } = pasted(values, { taken: this.taken(), into })
    this.appear(ids, into, this.make(edits))
  }
}

/** Why edits were not made. */
function refusalOf(outcome: Extract<Outcome, { ok: false }>): string {
  const met = outcome.meetings?.map(({ message }) => message).join(' ')
  return met ? `${outcome.message} ${met}` : outcome.message
}
