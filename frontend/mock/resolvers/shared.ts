// Helpers shared by the resolvers of all resources.

import type { RunFilter } from '../filter.ts'
import type { Store } from '../store.ts'

export interface Args {
  first?: number | null
  after?: string | null
}
export interface Filter extends Args {
  pipelineId?: string | null
  status?: string[] | null
  filter?: RunFilter | null
}

export interface Mock {
  store: Store
  /** Delays a response if a delay is configured, to make skeletons visible. */
  wait: () => Promise<unknown> | undefined
}

export const connection = <T extends { id: string }>(
  all: T[],
  { first = 30, after }: { first?: number | null; after?: string | null },
) => {
  const from = after ? all.findIndex((each) => each.id === after) + 1 : 0
  const page = all.slice(from, from + (first ?? 30))
  return {
    edges: page.map((node) => ({ cursor: node.id, node })),
    pageInfo: {
      hasNextPage: from + page.length < all.length,
      hasPreviousPage: from > 0,
      startCursor: page[0]?.id ?? null,
      endCursor: page.at(-1)?.id ?? null,
    },
  }
}
