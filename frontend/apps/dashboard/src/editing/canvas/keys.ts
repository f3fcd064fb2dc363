// The keys of the canvas of a draft. They work while the canvas has the focus, or nothing has it.

import { useEffect, useRef } from 'react'
import { modKey } from '../../shell/hotkeys.ts'
import { type Command, commandTable, commands } from './commands.ts'

/** Commands that are for no stage in particular. */
const forAll: ReadonlySet<Command> = new Set<Command>([
  'selectAll',
  'find',
  'foldAll',
  'note',
  'undo',
  'redo',
  'save',
  'run',
])

/** Commands by their keys, as `ctrl shift z`. */
const byKey = new Map(
  commands.flatMap((command) => {
    const [key, , also] = commandTable[command]
    return [key, also].flatMap((each) =>
      each === undefined ? [] : [[each.replace('Del', 'Delete').toLowerCase(), command] as const],
    )
  }),
)

/** The command of a key; undefined if it has none. */
export function commandOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
): Command | undefined {
  if (event.altKey) return undefined
  const held = [event.ctrlKey || event.metaKey ? modKey : '', event.shiftKey ? 'Shift' : '', event.key]
  return byKey.get(held.filter(Boolean).join(' ').toLowerCase())
}

/** How far one press moves, in pixels of the canvas; with Shift, further. */
const [STEP, LEAP] = [20, 100]
const ways: Record<string, readonly [number, number]> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
}

/** The step by which Alt and an arrow key move what has the focus; undefined for other keys. */
export function stepOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>) {
  const way = Object.hasOwn(ways, event.key) ? ways[event.key] : undefined
  if (!way || !event.altKey || event.ctrlKey || event.metaKey) return undefined
  const far = event.shiftKey ? LEAP : STEP
  return { dx: way[0] * far, dy: way[1] * far }
}

const SEQUENCE_MS = 1200

const isField = (target: Element): boolean =>
  target.closest('input, textarea, select, [contenteditable="true"], .cm-content') !== null

interface Listening {
  /** The part of the page that the keys are for. */
  host: () => HTMLElement | null
  run: (command: Command) => void
  /** The stage that has the focus is to be selected, if it is not: commands are for it. */
  onFocused: (stage: string) => void
  /** Shift and Enter or the space bar at a stage. */
  onToggle: (stage: string) => void
  onEscape: () => void
  /** Alt and an arrow key, for the selected stages. True if there are some. */
  onStep: (step: { dx: number; dy: number }) => boolean
  /** A note has the focus. True if the key was for it. */
  onNote: (note: string, what: Command | { dx: number; dy: number }) => boolean
  copied: () => string | undefined
  onCut: () => void
  onPaste: (text: string) => void
}

export function useCanvasKeys(listening: Listening) {
  const latest = useRef(listening)
  useEffect(() => {
    latest.current = listening
  })
  useEffect(() => {
    const isOurs = ({ target }: Event): boolean => {
      if (!(target instanceof Element) || isField(target)) return false
      if (document.querySelector('[role=dialog],[role=menu]')) return false
      const host = latest.current.host()
      // Another part of the editor is shown instead.
      if (!host || host.closest('.hidden')) return false
      return target === document.body || host.contains(target)
    }
    let ledAt = -Infinity
    /** After `g`, a letter is the second one of a key of the whole page. */
    const isSecond = ({ key, timeStamp }: KeyboardEvent): boolean => {
      const second = timeStamp - ledAt < SEQUENCE_MS
      ledAt = key === 'g' ? timeStamp : -Infinity
      return second
    }
    const stageOf = ({ target }: Event) => (target instanceof HTMLElement ? target.dataset['stage'] : undefined)
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || !isOurs(event)) return
      const stage = stageOf(event)
      if (event.shiftKey && (event.key === 'Enter' || event.key === ' ') && stage !== undefined) {
        event.preventDefault()
        event.stopPropagation()
        latest.current.onToggle(stage)
        return
      }
      if (event.key === 'Escape') {
        latest.current.onEscape()
        return
      }
      const note = event.target instanceof HTMLElement ? event.target.dataset['note'] : undefined
      const step = stepOf(event)
      if (step) {
        if (note === undefined && stage !== undefined) latest.current.onFocused(stage)
        if (!(note === undefined ? latest.current.onStep(step) : latest.current.onNote(note, step))) return
        // Alt and the left arrow key would lead back to the page before.
        event.preventDefault()
        event.stopPropagation()
        return
      }
      const command = isSecond(event) ? undefined : commandOf(event)
      if (!command) return
      event.preventDefault()
      // The page has other commands for some of the keys.
      event.stopPropagation()
      if (note !== undefined && latest.current.onNote(note, command)) return
      if (stage !== undefined && !forAll.has(command)) latest.current.onFocused(stage)
      latest.current.run(command)
    }
    const hasText = () => document.getSelection()?.isCollapsed === false
    const onCopy = (event: ClipboardEvent) => {
      if (!isOurs(event) || hasText()) return
      const stage = stageOf(event)
      if (stage !== undefined) latest.current.onFocused(stage)
      const text = latest.current.copied()
      if (text === undefined) return
      event.preventDefault()
      event.clipboardData?.setData('text/plain', text)
      if (event.type === 'cut') latest.current.onCut()
    }
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData('text/plain')
      if (!text || !isOurs(event)) return
      event.preventDefault()
      latest.current.onPaste(text)
    }
    window.addEventListener('keydown', onKey, { capture: true })
    window.addEventListener('copy', onCopy)
    window.addEventListener('cut', onCopy)
    window.addEventListener('paste', onPaste)
    return () => {
      window.removeEventListener('keydown', onKey, { capture: true })
      window.removeEventListener('copy', onCopy)
      window.removeEventListener('cut', onCopy)
      window.removeEventListener('paste', onPaste)
    }
  }, [])
}
