// Brings two files together that were made of the same one, by their meaning: the rule of `flowmason merge`
// (docs/diff-and-merge.md). What only one side changed is kept; what both changed differently is a conflict, which
// somebody decides.

import { isObject } from '../lib/json-text.ts'
import { type Fields, type PipelineFile, equal, fieldOf } from './values.ts'

/** How two changes contradict each other; `order` is that of the stages in the file. */
export type ConflictKind = 'changed' | 'removed' | 'added' | 'order'

/** Something that both sides changed differently. A value that is undefined is not there. */
export interface Conflict {
  /** Unique among all conflicts, also of other values at the same place. */
  key: string
  kind: ConflictKind
  /** Null for a field of the file. */
  stage: string | null
  /** The way to the field. Empty for a stage as a whole. */
  path: readonly string[]
  base: unknown
  mine: unknown
  theirs: unknown
  /** What keeping both gives: lists are joined, and of two added stages one gets another id. */
  both: 'list' | 'stages' | undefined
}

/** What becomes of a conflict: one side, both of them, or another value. */
export type Choice = 'mine' | 'theirs' | 'both' | { value: unknown }

export type Choices = ReadonlyMap<string, Choice>

/** What becomes of a place in the file. */
type Part = { value: unknown } | { fields: readonly [key: string, part: Part][] } | { conflict: Conflict }

export interface Merge {
  conflicts: readonly Conflict[]
  file: readonly [key: string, part: Part][]
  stages: readonly [id: string, part: Part][]
  /** The ids in the order of each side, and whose order holds; `order` is asked for if both changed it differently. */
  order: { mine: readonly string[]; theirs: readonly string[]; holds: 'mine' | 'theirs' | Conflict }
}

/** Whether the order of a list of names means nothing. */
function isSet(stage: string | null, path: readonly string[]): boolean {
  if (stage !== null) return path.length === 1 && path[0] === 'depends_on'
  return (path.length === 1 && path[0] === 'tags') || (path[0] === 'input_schema' && path.at(-1) === 'required')
}

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

export function merge(base: PipelineFile, mine: PipelineFile, theirs: PipelineFile): Merge {
  const conflicts: Conflict[] = []

  const conflict = (
    kind: ConflictKind,
    stage: string | null,
    path: readonly string[],
    [b, m, t]: readonly [unknown, unknown, unknown],
  ): Conflict => {
    const twoStages = kind === 'added' && stage !== null && path.length === 0
    const both = twoStages ? 'stages' : kind !== 'order' && Array.isArray(m) && Array.isArray(t) ? 'list' : undefined
    const key = JSON.stringify([kind, stage, path, m ?? null, t ?? null])
    const made: Conflict = { key, kind, stage, path, base: b, mine: m, theirs: t, both }
    conflicts.push(made)
    return made
  }

  const part = (b: unknown, m: unknown, t: unknown, stage: string | null, path: readonly string[]): Part => {
    if (equal(m, t) || equal(b, t)) return { value: m }
    if (equal(b, m)) return { value: t }
    if (isSet(stage, path) && isNames(b ?? []) && isNames(m) && isNames(t)) return { value: joined(b, m, t) }
    // A place on the canvas is one thing, not two numbers.
    if (isObject(b) && isObject(m) && isObject(t) && path.at(-1) !== 'position')
      return { fields: fields(b, m, t, stage, path) }
    const kind = b === undefined ? 'added' : m === undefined || t === undefined ? 'removed' : 'changed'
    return { conflict: conflict(kind, stage, path, [b, m, t]) }
  }

  const fields = (b: Fields, m: Fields, t: Fields, stage: string | null, path: readonly string[]) => {
    const keys = new Set([...Object.keys(m), ...Object.keys(t)])
    return [...keys].map((key): [string, Part] => [
      key,
      part(fieldOf(b, key), fieldOf(m, key), fieldOf(t, key), stage, [...path, key]),
    ])
  }

  const file = fields(base.fields, mine.fields, theirs.fields, null, [])
  const ids = new Set([...mine.stages.keys(), ...theirs.stages.keys()])
  const stages = [...ids].map((id): [string, Part] => [
    id,
    part(base.stages.get(id), mine.stages.get(id), theirs.stages.get(id), id, []),
  ])
  const [b, m, t] = [[...base.stages.keys()], [...mine.stages.keys()], [...theirs.stages.keys()]]
  const common = (all: readonly string[]) =>
    all.filter((id) => base.stages.has(id) && mine.stages.has(id) && theirs.stages.has(id))
  const [was, own, other] = [common(b), common(m), common(t)]
  const holds =
    equal(own, other) || equal(was, other)
      ? 'mine'
      : equal(was, own)
        ? 'theirs'
        : conflict('order', null, ['stages'], [was, own, other])
  return { conflicts, file, stages, order: { mine: m, theirs: t, holds } }
}

/** A list with what both sides added to it, and without what one of them removed. */
function joined(base: unknown, mine: readonly unknown[], theirs: readonly unknown[]): unknown[] {
  const was: readonly unknown[] = Array.isArray(base) ? base : []
  const has = (list: readonly unknown[], item: unknown) => list.some((each) => equal(each, item))
  const stays = (item: unknown, other: readonly unknown[]) => !has(was, item) || has(other, item)
  return [
    ...mine.filter((item) => stays(item, theirs)),
    ...theirs.filter((item) => !has(was, item) && !has(mine, item)),
  ]
}

/** The merged file with what was chosen at each conflict; where nothing was chosen yet, mine. */
export function resultOf(merged: Merge, choices: Choices): PipelineFile {
  const choiceOf = ({ key }: Conflict) => choices.get(key) ?? 'mine'
  const valueOf = (part: Part): unknown => {
    if ('value' in part) return part.value
    if ('fields' in part) return filled(part.fields)
    const { conflict } = part
    const choice = choiceOf(conflict)
    if (typeof choice === 'object') return choice.value
    if (choice !== 'both') return conflict[choice]
    return conflict.both === 'list'
      ? joined(conflict.base, conflict.mine as readonly unknown[], conflict.theirs as readonly unknown[])
      : conflict.mine
  }
  const filled = (fields: Merge['file']): Fields =>
    Object.fromEntries(fields.map(([key, part]) => [key, valueOf(part)]).filter(([, value]) => value !== undefined))

  const stages = new Map<string, Fields>()
  const twice: [id: string, stage: Fields][] = []
  for (const [id, part] of merged.stages) {
    const value = valueOf(part)
    if (isObject(value)) stages.set(id, value)
    if ('conflict' in part && part.conflict.both === 'stages' && choiceOf(part.conflict) === 'both')
      twice.push([id, part.conflict.theirs as Fields])
  }
  const { mine, theirs, holds } = merged.order
  const side = typeof holds === 'string' ? holds : choiceOf(holds) === 'theirs' ? 'theirs' : 'mine'
  const order = side === 'mine' ? woven(mine, theirs) : woven(theirs, mine)
  const ordered = new Map<string, Fields>()
  for (const id of order) {
    const stage = stages.get(id)
    if (stage) ordered.set(id, stage)
    for (const [of, other] of twice) {
      if (of !== id) continue
      const free = freeId(id, (each) => stages.has(each) || ordered.has(each))
      ordered.set(free, { ...other, id: free })
    }
  }
  return { fields: filled(merged.file), stages: ordered }
}

/** The id of the second of two stages that were added with the same one. */
export function freeId(id: string, isTaken: (id: string) => boolean): string {
  for (let n = 2; ; n++) if (!isTaken(`${id}-${n}`)) return `${id}-${n}`
}

/** All of the first list, and what only the second has, behind what stands before it there. */
export function woven(first: readonly string[], second: readonly string[]): string[] {
  const known = new Set(first)
  /** What follows each of the first; under undefined, what comes before all of them. */
  const after = new Map<string | undefined, string[]>()
  let last: string | undefined
  for (const id of second) {
    if (known.has(id)) last = id
    else after.set(last, [...(after.get(last) ?? []), id])
  }
  return [...(after.get(undefined) ?? []), ...first.flatMap((id) => [id, ...(after.get(id) ?? [])])]
}
