// Which control stages hide what they run. Each person folds for themselves, in the browser; the file knows nothing of it.

import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { isInside, mapOf } from './graph.ts'

export type Folds = ReadonlySet<string>

const keyOf = (pipelineId: string) => `flowmason.folds.${pipelineId}`

export function readFolds(pipelineId: string): Folds {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(pipelineId)) ?? '[]')
    return new Set(Array.isArray(found) ? found.filter((id): id is string => typeof id === 'string') : [])
  } catch {
    return new Set()
  }
}

export function keepFolds(pipelineId: string, folds: Folds) {
  try {
    if (folds.size > 0) localStorage.setItem(keyOf(pipelineId), JSON.stringify([...folds]))
    else localStorage.removeItem(keyOf(pipelineId))
  } catch {
    // Full or turned off: they are folded until the page is left.
  }
}

/** What is shown of the stages, and what each control stage runs. */
export interface Folded {
  stages: readonly CanvasStage[]
  /** By control stage, whether it is folded and how many stages are inside. */
  folds: Readonly<Record<string, { folded: boolean; inside: number }>>
  /** For each hidden stage, the outermost folded control stage, which stands for it. */
  standIn: ReadonlyMap<string, string>
}

/** Hides what folded control stages run. What waits for a hidden stage waits for the one that stands for it. */
export function foldedStages(stages: readonly CanvasStage[], folds: Folds): Folded {
  const all = mapOf(stages)
  const inside = new Map<string, number>()
  const standIn = new Map<string, string>()
  for (const stage of stages) {
    const seen = new Set([stage.id])
    for (let at = stage.parent; at && all.has(at) && !seen.has(at); at = all.get(at)?.parent) {
      seen.add(at)
      inside.set(at, (inside.get(at) ?? 0) + 1)
      if (folds.has(at)) standIn.set(stage.id, at)
    }
  }
  const known = Object.fromEntries(
    [...inside].map(([id, count]) => [id, { folded: folds.has(id), inside: count }] as const),
  )
  if (standIn.size === 0) return { stages, folds: known, standIn }
  const shown = stages
    .filter(({ id }) => !standIn.has(id))
    .map((stage) => {
      if (!stage.dependsOn.some((id) => standIn.has(id))) return stage
      const waitsFor = new Set(stage.dependsOn.map((id) => standIn.get(id) ?? id))
      // An inner stage of the same frame is no stage that this one waits for.
      return { ...stage, dependsOn: [...waitsFor].filter((id) => id !== stage.id && !isInside(all, stage.id, id)) }
    })
  return { stages: shown, folds: known, standIn }
}

/** Those that have to be unfolded so that a stage is shown. */
export const hiding = (stages: readonly CanvasStage[], folds: Folds, stage: string): string[] => {
  const all = mapOf(stages)
  return [...folds].filter((id) => isInside(all, stage, id))
}
