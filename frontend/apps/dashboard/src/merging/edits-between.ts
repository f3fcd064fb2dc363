// The edits that make one file of another. Only what differs is edited, so the rest of the text keeps its formatting.

import type { At, Edit, StageValue } from '../editing/edits.ts'
import { isObject } from '../lib/json-text.ts'
import { type Fields, type PipelineFile, equal } from './values.ts'

export function editsBetween(from: PipelineFile, to: PipelineFile): Edit[] {
  const edits: Edit[] = []
  for (const id of from.stages.keys()) {
    // What refers to the stage is a field of another one, and edited there.
    if (!to.stages.has(id)) edits.push({ op: 'removeStage', stage: id, keepReferences: true })
  }
  const wanted = [...to.stages.keys()]
  const places = [...from.stages.keys()].filter((id) => to.stages.has(id))
  for (const [nth, id] of wanted.entries()) {
    if (from.stages.has(id)) continue
    const before = wanted[nth - 1]
    edits.push({ op: 'addStage', value: { ...to.stages.get(id), id } satisfies StageValue, at: behind(before) })
    places.splice(before === undefined ? 0 : places.indexOf(before) + 1, 0, id)
  }
  for (const [id, stage] of to.stages) {
    const old = from.stages.get(id)
    if (old) edits.push(...fieldEdits(old, stage, id))
  }
  edits.push(...fieldEdits(from.fields, to.fields, undefined))
  const stay = inOrder(wanted.map((id) => places.indexOf(id)))
  for (const [nth, id] of wanted.entries())
    if (!stay.has(nth)) edits.push({ op: 'reorderStage', stage: id, at: behind(wanted[nth - 1]) })
  return edits
}

const behind = (id: string | undefined): At => (id === undefined ? 'first' : { after: id })

/** The edits that make one object of another: a stage, or the fields of the file. */
export function fieldEdits(from: Fields, to: Fields, stage: string | undefined): Edit[] {
  const edits: Edit[] = []
  const of = stage === undefined ? {} : { stage }
  const compare = (old: Fields, next: Fields, path: readonly string[]) => {
    for (const key of Object.keys(old))
      if (!Object.hasOwn(next, key)) edits.push({ op: 'unsetField', ...of, path: [...path, key] })
    for (const [key, value] of Object.entries(next)) {
      const was = Object.hasOwn(old, key) ? old[key] : undefined
      if (equal(was, value)) continue
      const at = [...path, key]
      if (isObject(was) && isObject(value)) compare(was, value, at)
      else edits.push({ op: 'setField', ...of, path: at, value })
    }
  }
  compare(from, to, [])
  return edits
}

/** The places of as many numbers as possible that ascend: those that need not be put elsewhere. */
function inOrder(numbers: readonly number[]): ReadonlySet<number> {
  /** The last place of the best sequence of each length. */
  const ends: number[] = []
  const before: (number | undefined)[] = []
  for (const [at, number] of numbers.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[ends[middle] ?? 0] ?? 0) < number) low = middle + 1
      else high = middle
    }
    before[at] = ends[low - 1]
    ends[low] = at
  }
  const found = new Set<number>()
  for (let at = ends.at(-1); at !== undefined; at = before[at]) found.add(at)
  return found
}
