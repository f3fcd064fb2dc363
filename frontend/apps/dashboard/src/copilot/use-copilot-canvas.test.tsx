// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react'
import { createEditStore } from '@flowmason/pipeline-canvas'
import { editParts } from '@flowmason/pipeline-canvas/editing'
import { afterEach, expect, test, vi } from 'vitest'
import type { CanvasEdit } from '@flowmason/pipeline-canvas'
import { CopilotContext, NOTHING_POINTED, createCopilotStore } from './copilot-store.ts'
import { useCopilotCanvas } from './use-copilot-canvas.ts'

afterEach(cleanup)

const edit = createEditStore()
const select = vi.fn<(stage: string) => void>()

/** The canvas as far as it is concerned. */
function Canvas() {
  useCopilotCanvas(edit, select)
  const parts = { store: edit, parts: editParts } as CanvasEdit
  return ['one', 'constructor'].map((stage) => <editParts.Card key={stage} stage={stage} edit={parts} />)
}

test('what the panel points at is marked on its card, in words, and stages are selected from the panel', () => {
  const store = createCopilotStore()
  render(
    <CopilotContext value={store}>
      <Canvas />
    </CopilotContext>,
  )
  expect(screen.queryByTestId('stage-pointed')).toBeNull()
  act(() => store.setState({ pointed: { one: { mark: 'removed', word: 'would be removed', sign: null } } }))
  expect(screen.getByTestId('stage-pointed').textContent).toBe('would be removed')
  act(() => store.setState({ pointed: NOTHING_POINTED }))
  expect(screen.queryByTestId('stage-pointed')).toBeNull()
  store.getState().select('one')
  expect(select).toHaveBeenCalledWith('one')
})

test('an editor without a co-pilot beside it has no marks', () => {
  render(<Canvas />)
  expect(screen.queryByTestId('stage-pointed')).toBeNull()
})
