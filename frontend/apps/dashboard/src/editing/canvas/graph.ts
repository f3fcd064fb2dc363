// What a change on the canvas would do to the order of the stages, before it is sent. The server decides in the end;
// this is only to say at once what cannot be.

import { type CanvasStage, componentKey, entryOf } from '@flowmason/pipeline-canvas'
import type { ListOf } from '../edits.ts'

export type StageMap = ReadonlyMap<string, CanvasStage>

export const mapOf = (stages: readonly CanvasStage[]): StageMap => new Map(stages.map((stage) => [stage.id, stage]))

/** Why `target` cannot be made to wait for `source`. */
export function whyNotConnect(stages: StageMap, source: string, target: string): string | undefined {
  const to = stages.get(target)
  if (!to || !stages.has(source)) return 'The stage is gone.'
  if (source === target) return 'A stage cannot wait for itself.'
  if (to.dependsOn.includes(source)) return `\`${target}\` waits for \`${source}\` already.`
  if (isInside(stages, target, source)) return `\`${source}\` runs \`${target}\`, so it cannot be done before.`
  if (isInside(stages, source, target)) return `\`${target}\` runs \`${source}\`, so it starts before.`
  if (waits(stages, source, target)) return `\`${source}\` waits for \`${target}\`: both would wait for ever.`
  return undefined
}

/** Why a stage cannot be moved into a control stage. */
export function whyNotMove(stages: StageMap, stage: string, control: string): string | undefined {
  if (stage === control || isInside(stages, control, stage)) return `\`${stage}\` cannot run itself.`
  return undefined
}

/** Whether a stage is inside a control stage, at any depth. */
export function isInside(stages: StageMap, stage: string, control: string): boolean {
  const seen = new Set<string>()
  for (let at = stages.get(stage)?.parent; at && !seen.has(at); at = stages.get(at)?.parent) {
    if (at === control) return true
    seen.add(at)
  }
  return false
}

/** Whether the end of one stage comes after the start of another: an inner stage starts after its control stage has,
 * and a control stage ends after its inner ones have. */
function waits(stages: StageMap, stage: string, other: string): boolean {
  const inner = new Map<string, string[]>()
  for (const { id, parent } of stages.values()) if (parent) inner.set(parent, [...(inner.get(parent) ?? []), id])
  const seen = new Set<string>()
  const open: [id: string, end: boolean][] = [[stage, true]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [id, end] = next
    const key = `${end ? 'end' : 'start'} ${id}`
    const at = stages.get(id)
    if (seen.has(key) || !at) continue
    seen.add(key)
    if (end) {
      open.push([id, false])
      for (const child of inner.get(id) ?? []) open.push([child, true])
      continue
    }
    if (id === other) return true
    for (const dependency of at.dependsOn) open.push([dependency, true])
    if (at.parent) open.push([at.parent, false])
  }
  return false
}

/** All stages of which each is selected, or inside a selected one, in the order of the file. */
export function withInner(stages: StageMap, picked: Iterable<string>): string[] {
  const chosen = new Set(picked)
  return [...stages.keys()].filter((id) => chosen.has(id) || [...chosen].some((outer) => isInside(stages, id, outer)))
}

/** The stages among these that are inside no other one of them. */
export const outermost = (stages: StageMap, picked: readonly string[]): string[] =>
  picked.filter((id) => !picked.some((other) => other !== id && isInside(stages, id, other)))

/** The dependencies that an edge of the canvas stands for: it starts at the frame in which they are. */
export function dependenciesOf(stages: StageMap, edge: string): { stage: string; on: string }[] {
  // An id may have an arrow, too.
  for (let at = edge.indexOf('→'); at >= 0; at = edge.indexOf('→', at + 1)) {
    const [source, target] = [edge.slice(0, at), edge.slice(at + 1)]
    const from = stages.get(target)?.dependsOn.filter((id) => id === source || isInside(stages, id, source)) ?? []
    if (from.length > 0) return from.map((on) => ({ stage: target, on }))
  }
  return []
}

/** The lists of control stages, with the branch that the canvas calls each. */
const LISTS: Record<string, readonly [list: string, branch: string][]> = {
  foreach: [['loop_stages', 'loop']],
  conditional: [
    ['true_branch_stages', 'true'],
    ['false_branch_stages', 'false'],
  ],
  trycatch: [
    ['try_stages', 'try'],
    ['catch_stages', 'catch'],
    ['finally_stages', 'finally'],
  ],
}

export interface NamedList {
  into: ListOf
  /** As the API and the canvas call it, such as `route.billing`. */
  branch: string
}

/** The lists of a control stage. `routes`: the names of those of a router, whether or not they have stages. */
export function listsOf(stage: CanvasStage, routes: readonly string[] = []): NamedList[] {
  const control = stage.id
  const component = componentKey(stage.component)
  if (component === 'router') {
    const named = routes.map((key) => ({ into: { control, list: 'routes', key }, branch: `route.${key}` }))
    return [...named, { into: { control, list: 'default_route' }, branch: 'default' }]
  }
  return (entryOf(LISTS, component) ?? []).map(([list, branch]) => ({ into: { control, list }, branch }))
}

/** The list that the API calls so. */
export function listOfBranch(stage: CanvasStage, branch: string): ListOf | undefined {
  const routes = branch.startsWith('route.') ? [branch.slice('route.'.length)] : []
  return listsOf(stage, routes).find((each) => each.branch === branch)?.into
}

/** The list that a stage is in, if a control stage runs it. */
export function ownList(stages: StageMap, id: string): ListOf | undefined {
  const stage = stages.get(id)
  const control = stage?.parent ? stages.get(stage.parent) : undefined
  return control && stage?.branch ? listOfBranch(control, stage.branch) : undefined
}
