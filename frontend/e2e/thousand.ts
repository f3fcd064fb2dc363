// A pipeline of a thousand stages.

import type { Page } from '@playwright/test'
import { ask, startRunOf } from './fixtures.ts'

const LANES = 20
const thousand = JSON.stringify({
  name: 'thousand',
  stages: Array.from({ length: 1000 }, (_, at) => ({
    id: `stage-${at}`,
    component: 'json_transform',
    depends_on: at < LANES ? [] : [`stage-${at - LANES}`],
    config: { data: { at }, expression: 'data' },
  })),
})
export async function startThousand(page: Page): Promise<string> {
  const { createPipeline: made } = await ask<{ createPipeline: { pipeline: { id: string } } }>(
    page,
    'mutation ($source: String!) { createPipeline(input: { source: $source }) { pipeline { id } } }',
    { source: thousand },
  )
  return startRunOf(page, made.pipeline.id)
}
