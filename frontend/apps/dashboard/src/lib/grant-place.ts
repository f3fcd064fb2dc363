// Where a grant counts, as the value of a choice: an environment, the id of a folder or of a pipeline, or nothing for
// the organization.

import type { Environment } from '@flowmason/graphql'
import { environments } from './run-search.ts'

interface PlaceInput {
  pipelineId?: string
  folderId?: string
  environment?: Environment
}

/** What a mutation or query gets for the value of a choice. */
export function placeInput(value: string): PlaceInput {
  const environment = environments.find((each) => each === value)
  if (environment) return { environment }
  if (value.startsWith('folder_')) return { folderId: value }
  return value ? { pipelineId: value } : {}
}
