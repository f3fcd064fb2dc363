// The stages of a piece, as they are marked on the canvas while the pointer or the focus is on it.

import { createElement } from 'react'
import type { PointedStage, StageMark } from '@flowmason/pipeline-canvas'
import type { Change } from '../comparing/changes.ts'
import { MarkSign } from '../comparing/marks.tsx'

const marks: Partial<Record<Change['kind'], [mark: StageMark, word: string]>> = {
  removed: ['removed', 'would be removed'],
  changed: ['changed', 'would be changed'],
  renamed: ['moved', 'would be renamed'],
  moved: ['moved', 'would be moved'],
}

/** `renamed` has the old ids of renamed stages by their new ones: the canvas has the old ones. */
export function pointedOf(
  changes: readonly Change[],
  renamed: ReadonlyMap<string, string>,
): Record<string, PointedStage> {
  return Object.fromEntries(
    changes.flatMap(({ kind, stage }): [string, PointedStage][] => {
      const found = marks[kind]
      if (stage === null || !found) return []
      const [mark, word] = found
      return [[renamed.get(stage) ?? stage, { mark, word, sign: createElement(MarkSign, { mark }) }]]
    }),
  )
}
