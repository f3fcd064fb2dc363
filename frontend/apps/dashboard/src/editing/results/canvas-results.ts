// Puts the results of a run onto the canvas of the draft. Each card reads only what is its own, and what did not change
// stays the same object, so that an event renders one card again.

import type { CanvasStage, CanvasStore, CardResult, EditStore, StageFace } from '@flowmason/pipeline-canvas'
import { entryOf } from '@flowmason/pipeline-canvas'
import { type Steps, atOnce, inSlices } from '@flowmason/pipeline-canvas/steps'
import { resultSteps } from './card-results.ts'
import type { ShownResults } from './results.ts'

/** From this many stages on, the cards are derived in slices between which the page responds. */
const LARGE_GRAPH = 200

export type Faces = Readonly<Record<string, StageFace>>

interface Cards {
  faces: Faces
  results: Readonly<Record<string, CardResult>>
}

/** What the cards are made of. */
export interface CardSources {
  stages: readonly CanvasStage[]
  /** What the cards say of the problems of the draft. */
  problems: Faces
  results: Pick<ShownResults, 'live' | 'parts'> | undefined
  pins: ReadonlySet<string>
}

/**
 * What a card says. An error of the draft comes first, because the stage cannot run with it; a warning stays where the
 * run has nothing to say.
 */
export function mergedFaces(run: Faces, problems: Faces): Faces {
  const names = Object.keys(problems)
  if (names.length === 0) return run
  const merged: Record<string, StageFace> = { ...run }
  for (const id of names) {
    const problem = entryOf(problems, id)
    if (!problem) continue
    const own = entryOf(run, id)
    if (problem.status === 'failed' || !own || own.status === 'idle') define(merged, id, problem)
  }
  return merged
}

/** An id may be `__proto__`, which an assignment would not set. */
const define = (faces: Record<string, StageFace>, id: string, value: StageFace) =>
  Object.defineProperty(faces, id, { value, enumerable: true, configurable: true, writable: true })

const isSame = (a: CardSources, b: CardSources): boolean =>
  a.stages === b.stages &&
  a.problems === b.problems &&
  a.pins === b.pins &&
  a.results?.live?.run === b.results?.live?.run &&
  a.results?.parts === b.results?.parts

export class CanvasResults {
  private readonly canvas: CanvasStore
  private readonly edit: EditStore
  private wanted: CardSources | undefined
  private isBusy = false
  /** What the run alone says, from which the next faces take what did not change. */
  private before: Faces = {}

  constructor(canvas: CanvasStore, edit: EditStore) {
    this.canvas = canvas
    this.edit = edit
  }

  readonly update = (sources: CardSources) => {
    const before = this.wanted
    if (before?.pins !== sources.pins) this.edit.setState({ pins: sources.pins })
    // Text that a model is still generating is on no card.
    if (before && isSame(before, sources)) return
    this.wanted = sources
    if (this.isBusy) return
    if (sources.stages.length < LARGE_GRAPH) this.show(atOnce(this.steps(sources)))
    else void this.derive()
  }

  readonly close = () => {
    this.wanted = undefined
  }

  /** One at a time, always of the latest state. */
  private async derive() {
    let done: CardSources | undefined
    this.isBusy = true
    try {
      while (this.wanted && this.wanted !== done) {
        done = this.wanted
        // oxlint-disable-next-line no-await-in-loop
        const cards = await inSlices(this.steps(done))
        if (this.wanted) this.show(cards)
      }
    } finally {
      this.isBusy = false
    }
  }

  private *steps({ stages, problems, results }: CardSources): Steps<Cards> {
    const { live, parts } = results ?? {}
    if (!live || !parts) {
      this.before = {}
      return { faces: problems, results: {} }
    }
    this.before = yield* parts.faceSteps(stages, live.run, this.before)
    return { faces: mergedFaces(this.before, problems), results: yield* resultSteps(stages, live.run) }
  }

  private show({ faces, results }: Cards) {
    this.canvas.setState({ faces })
    this.edit.setState({ results })
  }
}
