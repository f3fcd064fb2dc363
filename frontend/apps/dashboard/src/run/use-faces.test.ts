import { renderHook, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { type CanvasStage, createCanvasStore } from '@flowmason/pipeline-canvas'
import { facesOf } from './faces.ts'
import { type JournalEvent, type RunState, applyEvents, emptyRun } from './journal.ts'
import { useFaces } from './use-faces.ts'

const stages: CanvasStage[] = Array.from({ length: 1000 }, (_, at) => ({
  id: `stage-${at}`,
  component: 'logger',
  kind: 'OPERATOR',
  dependsOn: [],
  branches: [],
}))
const events: JournalEvent[] = stages.flatMap(({ id }, at) =>
  ['stage.started', 'stage.succeeded'].map((type, step) => ({
    seq: 2 * at + step + 1,
    at: new Date(1_000_000 + at).toISOString(),
    type,
    stage: id,
    body: { attempt: 1 },
  })),
)
const after = (count: number) => applyEvents(emptyRun, events.slice(0, count))

test('of a run that changes faster than its many faces are derived, the latest state is shown', async () => {
  const store = createCanvasStore()
  const show = ({ run }: { run: RunState | undefined }) => useFaces(store, stages, run)
  const { rerender } = renderHook(show, { initialProps: { run: after(10) as RunState | undefined } })
  for (let count = 100; count < 2000; count += 100) rerender({ run: after(count) })
  const end = after(2000)
  rerender({ run: end })
  await waitFor(() => expect(store.getState().faces).toEqual(facesOf(stages, end, {})))
})

test('while the journal is loading, no faces of an earlier state appear', async () => {
  const store = createCanvasStore()
  const show = ({ run }: { run: RunState | undefined }) => useFaces(store, stages, run)
  const { rerender } = renderHook(show, { initialProps: { run: after(2000) as RunState | undefined } })
  rerender({ run: undefined })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(store.getState().faces['stage-0']).toEqual({ status: 'idle', word: 'not loaded yet' })
})
