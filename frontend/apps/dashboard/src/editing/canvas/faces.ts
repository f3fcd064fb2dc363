// What the cards of a draft show: the problems of their stages, and who is there.

import type { ProblemFieldsFragment } from '@flowmason/graphql'
import type { StageFace } from '@flowmason/pipeline-canvas'
import { count } from '../../lib/words.ts'
import type { Person } from '../link.ts'

const NONE: ReadonlyMap<string, string> = new Map()

/** `standIn`: for each hidden stage the one that stands for it, which shows its problems too. */
export function facesOf(
  problems: readonly ProblemFieldsFragment[],
  standIn: ReadonlyMap<string, string> = NONE,
): Record<string, StageFace> {
  const found = new Map<string, { problems: number; error: boolean }>()
  for (const { stage: of, severity } of problems) {
    if (!of) continue
    const stage = standIn.get(of) ?? of
    const before = found.get(stage)
    found.set(stage, {
      problems: (before?.problems ?? 0) + 1,
      error: (before?.error ?? false) || severity === 'ERROR',
    })
  }
  return Object.fromEntries(
    [...found].map(([stage, { problems: number, error }]): [string, StageFace] => {
      const figure = count(number, 'problem')
      return [stage, { status: error ? 'failed' : 'waiting', word: figure, figure }]
    }),
  )
}

/** The others, by the stage where they are. What they say is any text, such as `constructor`. */
export function peopleAt(
  people: readonly Person[],
  standIn: ReadonlyMap<string, string> = NONE,
): Record<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { own, stage: of, name } of people) {
    if (own || of === null) continue
    const stage = standIn.get(of) ?? of
    found.set(stage, [...(found.get(stage) ?? []), name])
  }
  return Object.fromEntries(found)
}
