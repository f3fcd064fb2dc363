// How much of a draft a run executes, and what it starts from.

import type { RunDraftInput } from '@flowmason/graphql/editing'

export type Extent = { kind: 'whole' } | { kind: 'upTo' | 'from' | 'only'; stage: string }

export const WHOLE: Extent = { kind: 'whole' }

/** The part of the request that says how much is executed. */
export const extentInput = (extent: Extent): Pick<RunDraftInput, 'upTo' | 'from' | 'only'> =>
  extent.kind === 'whole' ? {} : { [extent.kind]: extent.stage }

/** Whether the results of the other stages come from an earlier run. */
export const needsEarlier = ({ kind }: Extent): boolean => kind === 'from' || kind === 'only'

export function extentWords(extent: Extent): string {
  switch (extent.kind) {
    case 'whole':
      return 'the draft'
    case 'upTo':
      return `up to ${extent.stage}`
    case 'from':
      return `from ${extent.stage}`
    case 'only':
      return `only ${extent.stage}`
  }
}

/** What the form shows of the draft: the text says it, as far as it can be read. */
export function inputOf(source: string): { inputSchema?: unknown; sampleInput?: unknown } {
  try {
    const file: unknown = JSON.parse(source)
    if (typeof file !== 'object' || file === null) return {}
    const { input_schema, sample_input, example_input } = file as Record<string, unknown>
    const sample = sample_input ?? example_input
    return { inputSchema: input_schema, ...(sample !== undefined && { sampleInput: sample }) }
  } catch {
    return {}
  }
}
