// What two versions of a pipeline have, or a version and the draft: the stages of both, and how they differ.

import { useMemo } from 'react'
import type { ApiProblem } from '@flowmason/graphql'
import {
  CompareDraftDocument,
  CompareVersionsDocument,
  type ComparedStageFragment,
  type DifferenceFieldsFragment,
} from '@flowmason/graphql/editing'
import { useAnswer } from '../lib/use-answer.ts'
import type { Side } from './sides.ts'

export interface Comparison {
  before: readonly ComparedStageFragment[]
  after: readonly ComparedStageFragment[]
  difference: DifferenceFieldsFragment
}

export interface Compared {
  comparison: Comparison | undefined
  problem: ApiProblem | undefined
  /** There is no draft to compare with. */
  noDraft: boolean
  refetch: () => void
}

const NOTHING: DifferenceFieldsFragment = {
  same: true,
  onlyLayout: false,
  fields: [],
  added: [],
  removed: [],
  changed: [],
}

/** Compares a version with another one, or with the draft. */
export function useComparison(id: string, from: number, to: Side): Compared {
  const isDraft = to === 'draft'
  const versions = useAnswer(
    CompareVersionsDocument,
    { id, from, to: isDraft ? from : to },
    // Versions never change.
    { pause: isDraft, requestPolicy: 'cache-first' },
  )
  const withDraft = useAnswer(CompareDraftDocument, { id, from }, { pause: !isDraft })
  const pair = isDraft ? undefined : versions.data?.pipeline
  const found = isDraft ? withDraft.data?.pipeline : undefined
  const same = from === to
  const comparison = useMemo((): Comparison | undefined => {
    if (pair) {
      const difference = same ? NOTHING : pair.after.changesFrom
      return { before: pair.before.stages, after: pair.after.stages, difference }
    }
    if (!found?.draft) return undefined
    return { before: found.before.stages, after: found.draft.stages, difference: found.draft.changesFrom }
  }, [pair, found, same])
  const { problem, refetch } = isDraft ? withDraft : versions
  return { comparison, problem, noDraft: found !== undefined && !found.draft, refetch }
}
