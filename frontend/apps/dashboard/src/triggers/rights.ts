// What the user may do with the triggers of a pipeline. Only for showing controls: the server checks every request.

import type { Environment } from '@flowmason/graphql'
import { type Place, may, mayIn } from '../lib/may.ts'

export interface TriggerRights {
  /** Where they may enable and disable. */
  enable: Environment[]
  /** Where they may create, change and delete. */
  change: Environment[]
  /** Whether they see firings, which belong to runs. */
  firings: boolean
}

export function triggerRights(
  viewer: Parameters<typeof may>[0] | undefined,
  pipeline: { id: string; folder?: { id: string } | null; deletedAt?: string | null },
): TriggerRights {
  if (!viewer) return { enable: [], change: [], firings: false }
  const place: Place = { pipelineId: pipeline.id, folderId: pipeline.folder?.id }
  const enable = pipeline.deletedAt ? [] : mayIn(viewer, 'run.start', place)
  return {
    enable,
    change: may(viewer, 'pipeline.write', place) ? enable : [],
    firings: may(viewer, 'run.read', place),
  }
}
