// The stages of the draft as it is saved, for the canvas.

import { useEffect, useState } from 'react'
import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { DraftStagesDocument } from '@flowmason/graphql/editing'
import { api } from '../../api.ts'

/** Several changes that come right after each other are read at once. */
const QUIET_MS = 120
const RETRY_MS = 2500

/** Undefined until they are known; then as they were until newer ones are read. */
export function useDraftStages(pipelineId: string, revision: number): readonly CanvasStage[] | undefined {
  const [stages, setStages] = useState<readonly CanvasStage[]>()
  useEffect(() => {
    let gone = false
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      const { data } = await api.plain.query(DraftStagesDocument, { id: pipelineId }).toPromise()
      if (gone) return
      if (data?.pipeline.draft) setStages(data.pipeline.draft.stages)
      else timer = setTimeout(() => void look(), RETRY_MS)
    }
    timer = setTimeout(() => void look(), QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [pipelineId, revision])
  return stages
}
