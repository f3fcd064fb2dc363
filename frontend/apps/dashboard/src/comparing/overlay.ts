// Two versions as one picture: the stages of both, with how each differs. A stage that is gone stays where it was in the
// order of the pipeline, and so does a line that is gone.

import type { CanvasStage, LineMark, StageFace, StageMark } from '@flowmason/pipeline-canvas'
import { count } from '../lib/words.ts'
import type { Change } from './changes.ts'
import { markedFace } from './marks.tsx'

export interface Overlay {
  stages: CanvasStage[]
  faces: Record<string, StageFace>
  /** The lines that only one of the versions has, by the ids that the canvas gives them. */
  lines: Record<string, LineMark>
}

const marks: Partial<Record<Change['kind'], StageMark>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  renamed: 'moved',
  moved: 'moved',
}

/** `renames` has the new ids of renamed stages by their old ones. */
export function overlayOf(
  before: readonly CanvasStage[],
  after: readonly CanvasStage[],
  changes: readonly Change[],
  renames: ReadonlyMap<string, string>,
): Overlay {
  const now = (id: string) => renames.get(id) ?? id
  const old = new Map(before.map((stage) => [now(stage.id), named(stage, now)]))
  const all = new Map(after.map((stage) => [stage.id, stage]))
  const gone = [...old.values()].filter((stage) => !all.has(stage.id))
  for (const stage of gone) all.set(stage.id, stage)
  const scopes = scopesOf(all)
  const [was, is] = [linesOf([...old.values()], scopes), linesOf(after, scopes)]
  const lines: Record<string, LineMark> = {}
  const fresh = new Set(after.map((stage) => stage.id))
  for (const id of is.keys()) if (!was.has(id)) lines[id] = 'added'
  const next = new Map<string, string[]>()
  for (const { source, target } of is.values()) next.set(source, [...(next.get(source) ?? []), target])
  const kept = new Map<string, string[]>()
  for (const [id, { source, target, dependency }] of was) {
    if (is.has(id)) continue
    // The two versions together may have a cycle, which nobody could lay out. The list has the change anyway.
    if (reaches(next, target, source)) continue
    next.set(source, [...(next.get(source) ?? []), target])
    lines[id] = 'removed'
    if (fresh.has(target)) kept.set(target, [...(kept.get(target) ?? []), dependency])
  }
  const stages = inOrder(
    [...all.values()],
    before.map((stage) => now(stage.id)),
    gone,
  ).map((stage) => {
    const dependencies = kept.get(stage.id)
    return dependencies ? { ...stage, dependsOn: [...stage.dependsOn, ...dependencies] } : stage
  })
  return { stages: withoutSkipped(stages, gone, lines, scopes), faces: facesOf(stages, changes), lines }
}

/** An old stage with the new ids of others. */
const named = (stage: CanvasStage, now: (id: string) => string): CanvasStage => ({
  ...stage,
  id: now(stage.id),
  dependsOn: stage.dependsOn.map(now),
  parent: stage.parent ? now(stage.parent) : null,
})

/** Stages that are gone follow the stage that was before them. */
function inOrder(all: readonly CanvasStage[], before: readonly string[], gone: readonly CanvasStage[]): CanvasStage[] {
  const missing = new Map(gone.map((stage) => [stage.id, stage]))
  const list = all.filter((stage) => !missing.has(stage.id))
  for (const [at, id] of before.entries()) {
    const stage = missing.get(id)
    if (!stage) continue
    const previous = before[at - 1]
    list.splice(list.findIndex((each) => each.id === previous) + 1, 0, stage)
  }
  return list
}

/** The control stage that each stage is drawn in; empty at the top level. */
function scopesOf(all: ReadonlyMap<string, CanvasStage>): (id: string) => string {
  return (id) => {
    const parent = all.get(id)?.parent
    return parent && parent !== id && all.has(parent) ? parent : ''
  }
}

interface Line {
  source: string
  target: string
  /** The stage in `dependsOn` that the line stands for; `source` may be a control stage around it. */
  dependency: string
}

/** The lines of a version as the canvas draws them: from the stage in the target's scope that has the dependency. */
function linesOf(stages: readonly CanvasStage[], scopeOf: (id: string) => string): Map<string, Line> {
  const lines = new Map<string, Line>()
  const ids = new Set(stages.map((stage) => stage.id))
  for (const { id: target, dependsOn } of stages) {
    const scope = scopeOf(target)
    for (const dependency of dependsOn) {
      if (!ids.has(dependency)) continue
      const source = climb(dependency, scope, scopeOf)
      if (source && source !== target) lines.set(`${source}→${target}`, { source, target, dependency })
    }
  }
  return lines
}

function climb(from: string, scope: string, scopeOf: (id: string) => string): string | undefined {
  const seen = new Set<string>()
  for (let at = from; at !== '' && !seen.has(at); at = scopeOf(at)) {
    if (scopeOf(at) === scope) return at
    seen.add(at)
  }
  return undefined
}

/** Whether lines lead from one stage to another. */
function reaches(next: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set([from])
  const rest = [from]
  for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
    if (at === to) return true
    for (const each of next.get(at) ?? []) {
      if (seen.has(each)) continue
      seen.add(each)
      rest.push(each)
    }
  }
  return false
}

/** Stages that are gone keep only those of their lines that are drawn. */
function withoutSkipped(
  stages: readonly CanvasStage[],
  gone: readonly CanvasStage[],
  lines: Readonly<Record<string, LineMark>>,
  scopeOf: (id: string) => string,
): CanvasStage[] {
  const missing = new Set(gone.map((stage) => stage.id))
  return stages.map((stage) => {
    if (!missing.has(stage.id)) return stage
    const scope = scopeOf(stage.id)
    const drawn = (dependency: string) => `${climb(dependency, scope, scopeOf) ?? ''}→${stage.id}` in lines
    return { ...stage, dependsOn: stage.dependsOn.filter(drawn) }
  })
}

function facesOf(stages: readonly CanvasStage[], changes: readonly Change[]): Record<string, StageFace> {
  const known = new Map(changes.flatMap((each) => (each.stage === null ? [] : [[each.stage, each] as const])))
  return Object.fromEntries(
    stages.map(({ id }): [string, StageFace] => {
      const change = known.get(id)
      const mark = (change && marks[change.kind]) ?? 'same'
      return [id, markedFace(mark, change && mark !== 'same' ? figureOf(change) : 'unchanged')]
    }),
  )
}

function figureOf({ kind, fields }: Change): string {
  if (kind !== 'changed') return kind
  return count(fields.filter((each) => !each.followsRename).length, 'field')
}
