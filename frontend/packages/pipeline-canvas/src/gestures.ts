// What the pointer does on the canvas of an editor: it draws wires from the sides of cards, moves stages between
// frames, and selects with a frame while Shift is held. A finger moves the view, except on the sides of cards.

import type { Arrangement } from './arrange.ts'
import type { CanvasEdit, Gesture, Side } from './edit-context.ts'
import { type Spot, frameAt, rectOf, stageAt, stagesIn } from './gesture-places.ts'
import type { Graph } from './model.ts'
import { movedBy, parentOf, withInside } from './moving.ts'
import type { Viewport } from './viewport.ts'

/** A press that moves less than this many pixels is a click. */
const CLICK_PX = 5

/** What a press may become once the pointer moves. */
type Press = { at: Spot; begins: (at: Spot) => Gesture }

/** Adds the listeners. Returns a function that removes them. */
export function listenForEdits(
  pane: HTMLElement,
  viewport: Viewport,
  arrangement: Arrangement,
  graph: Graph,
  edit: CanvasEdit,
): () => void {
  const { store } = edit
  let press: Press | undefined
  let pointer = -1
  let ended = false
  const onPlane = ({ clientX, clientY }: PointerEvent): Spot => {
    const box = pane.getBoundingClientRect()
    const { x, y, zoom } = viewport.store.getState()
    return { x: (clientX - box.left - x) / zoom, y: (clientY - box.top - y) / zoom }
  }

  /** What a press at an element begins, if it is moved. */
  const beginningAt = (event: PointerEvent): Press['begins'] | undefined => {
    const target = event.target as Element
    const handle = target.closest<HTMLElement>('[data-handle]')
    const side = handle?.dataset['handle'] as Side | undefined
    const stage = (handle ?? target.closest<HTMLElement>('[data-stage]'))?.dataset[handle ? 'of' : 'stage']
    const card = stage === undefined ? undefined : arrangement.stages.get(stage)
    if (side && stage !== undefined && card) {
      const from = { x: side === 'out' ? card.x + card.width : card.x, y: card.y + card.height / 2 }
      return (to) => ({ kind: 'wire', stage, side, from, to, over: null })
    }
    if (event.pointerType === 'touch' || target.closest('input, [data-nopan]')) return undefined
    const note = target.closest<HTMLElement>('[data-note]')?.dataset['note']
    if (note !== undefined) {
      const from = onPlane(event)
      return (to) => ({ kind: 'note', note, from, to })
    }
    if (stage !== undefined) {
      if (event.shiftKey) return undefined
      const { picked } = store.getState()
      const stages = picked.has(stage) ? [...picked] : [stage]
      const from = onPlane(event)
      return (to) => ({ kind: 'move', stages, from, to, into: frameAt(arrangement, graph, to, stages) })
    }
    if (!event.shiftKey) return undefined
    const from = onPlane(event)
    return (to) => ({ kind: 'frame', from, to })
  }

  const moved = (gesture: Gesture, to: Spot): Gesture => {
    if (gesture.kind === 'wire') {
      const over = stageAt(arrangement, to)
      return { ...gesture, to, over: over === gesture.stage ? null : over }
    }
    if (gesture.kind === 'move') return { ...gesture, to, into: frameAt(arrangement, graph, to, gesture.stages) }
    return { ...gesture, to }
  }

  const done = (gesture: Gesture) => {
    if (gesture.kind === 'frame') return edit.onPickAll(stagesIn(arrangement, rectOf(gesture.from, gesture.to)))
    if (gesture.kind === 'move') {
      const { stages, into, from, to } = gesture
      const [dx, dy] = [to.x - from.x, to.y - from.y]
      // Until it is laid out, it stays where it was dropped.
      store.setState({ shift: { stages: [...withInside(graph, stages)], dx, dy } })
      const places = movedBy(arrangement, graph, stages, [dx, dy], into)
      if (stages.some((id) => parentOf(graph, id) !== into))
        return edit.onMove(stages, into === '' ? null : into, places)
      return edit.onPlace(places)
    }
    if (gesture.kind === 'note') {
      const { note, from, to } = gesture
      const found = store.getState().notes.find(({ id }) => id === note)
      if (found) edit.onNote(note, { x: Math.round(found.x + to.x - from.x), y: Math.round(found.y + to.y - from.y) })
      return undefined
    }
    const { stage, side, over } = gesture
    if (over === null) {
      // Back to its own card: the wire was not meant.
      return stageAt(arrangement, gesture.to) === stage ? undefined : edit.onWire(stage, side)
    }
    return side === 'out' ? edit.onConnect(stage, over) : edit.onConnect(over, stage)
  }

  const end = () => {
    press = undefined
    if (pane.hasPointerCapture(pointer)) pane.releasePointerCapture(pointer)
    pointer = -1
    store.setState({ gesture: null })
  }
  const onDown = (event: PointerEvent) => {
    ended = false
    if (event.button !== 0 || store.getState().gesture) return
    // One that ended outside before it was moved is over.
    press = undefined
    const begins = beginningAt(event)
    if (!begins) return
    press = { at: { x: event.clientX, y: event.clientY }, begins }
    pointer = event.pointerId
    // The view must not move with it.
    event.stopImmediatePropagation()
  }
  const onMove = (event: PointerEvent) => {
    if (!press || event.pointerId !== pointer) return
    event.stopImmediatePropagation()
    const { gesture } = store.getState()
    const at = onPlane(event)
    if (gesture) {
      store.setState({ gesture: moved(gesture, at) })
      return
    }
    if (Math.hypot(event.clientX - press.at.x, event.clientY - press.at.y) < CLICK_PX) return
    pane.setPointerCapture(pointer)
    store.setState({ gesture: moved(press.begins(at), at) })
  }
  const onUp = (event: PointerEvent) => {
    if (!press || event.pointerId !== pointer) return
    const { gesture } = store.getState()
    end()
    if (!gesture) return
    ended = true
    if (event.type === 'pointerup') done(gesture)
  }
  // A gesture must not count as a click where it ends.
  const onClick = (event: MouseEvent) => {
    if (!ended || event.detail === 0) return
    ended = false
    event.stopImmediatePropagation()
    event.preventDefault()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !store.getState().gesture) return
    event.stopImmediatePropagation()
    event.preventDefault()
    end()
  }
  const early = { capture: true }
  pane.addEventListener('pointerdown', onDown, early)
  pane.addEventListener('pointermove', onMove, early)
  pane.addEventListener('pointerup', onUp, early)
  pane.addEventListener('pointercancel', onUp, early)
  pane.addEventListener('click', onClick, early)
  window.addEventListener('keydown', onKey, early)
  return () => {
    if (press) end()
    pane.removeEventListener('pointerdown', onDown, early)
    pane.removeEventListener('pointermove', onMove, early)
    pane.removeEventListener('pointerup', onUp, early)
    pane.removeEventListener('pointercancel', onUp, early)
    pane.removeEventListener('click', onClick, early)
    window.removeEventListener('keydown', onKey, early)
  }
}
