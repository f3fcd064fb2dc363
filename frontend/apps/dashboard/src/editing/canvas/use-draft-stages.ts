// The stages of the draft as it is saved, for the canvas.

import type { CanvasStage } from '@flowmason/pipeline-canvas'
import { DraftStagesDocument, type DraftStagesQuery } from '@flowmason/graphql/editing'
import { useDraftReading } from '../use-draft-reading.ts'

const QUIET_MS = 120

const stagesOf = ({ pipeline }: DraftStagesQuery): readonly CanvasStage[] | undefined => pipeline.draft?.stages

/** Undefined until they are known; then as they were until newer ones are read. */
export const useDraftStages = (pipelineId: string, revision: number): readonly CanvasStage[] | undefined =>
  useDraftReading(DraftStagesDocument, stagesOf, { pipelineId, revision, quiet: QUIET_MS }).data
