// A tooltip on hover and focus. There is one tooltip for the whole page: a hundred tips in a list cost a hundred
// attributes, not a hundred components.

import {
  type ReactElement,
  type ReactNode,
  cloneElement,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { createPortal } from 'react-dom'
import { Kbd } from './kbd.tsx'

type Side = 'top' | 'bottom' | 'left' | 'right'

export function Tip({
  text,
  shortcut,
  side = 'bottom',
  children,
}: {
  text: string
  shortcut?: string | undefined
  side?: Side
  /** An element, or a component that passes its attributes on to one. */
  children: ReactElement
}) {
  const attributes = { 'data-tip': text, 'data-tip-key': shortcut, 'data-tip-side': side }
  return cloneElement(children, attributes as Partial<unknown>)
}

const WAIT_MS = 350
/** After leaving a tip, the time in which the next one opens without a delay. */
const NO_DELAY_MS = 200
/** The time to move from the child onto the tooltip, which stays while the pointer is on it. */
const LEAVE_MS = 80

export function TipProvider({ children }: { children: ReactNode }) {
  const [target, setTarget] = useState<HTMLElement>()
  const id = useId()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let shown: HTMLElement | undefined
    let hiddenAt = Number.NEGATIVE_INFINITY
    const set = (next: HTMLElement | undefined) => {
      clearTimeout(timer)
      if (shown && !next) hiddenAt = performance.now()
      shown = next
      setTarget(next)
    }
    const later = (next: HTMLElement | undefined, ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => set(next), ms)
    }
    const of = (event: Event) => (event.target as Element | null)?.closest<HTMLElement>('[data-tip]') ?? undefined
    const onOver = (event: PointerEvent) => {
      if (event.pointerType === 'touch') return
      if ((event.target as Element).closest(`[id="${id}"]`)) {
        clearTimeout(timer)
        return
      }
      const next = of(event)
      if (next === shown) clearTimeout(timer)
      else if (next) later(next, shown || performance.now() - hiddenAt < NO_DELAY_MS ? 0 : WAIT_MS)
      else later(undefined, shown ? LEAVE_MS : 0)
    }
    const onFocus = (event: FocusEvent) => {
      const next = of(event)
      if (next?.matches(':focus-visible')) set(next)
    }
    const hide = () => set(undefined)
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && shown && hide()
    const capture = { capture: true, passive: true }
    document.addEventListener('pointerover', onOver, capture)
    document.addEventListener('pointerdown', hide, capture)
    document.addEventListener('focusin', onFocus)
    document.addEventListener('focusout', hide)
    document.addEventListener('keydown', onKey)
    document.addEventListener('scroll', hide, capture)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('pointerover', onOver, capture)
      document.removeEventListener('pointerdown', hide, capture)
      document.removeEventListener('focusin', onFocus)
      document.removeEventListener('focusout', hide)
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('scroll', hide, capture)
    }
  }, [id])
  return (
    <>
      {children}
      {target && createPortal(<Bubble key={target.dataset['tip']} id={id} target={target} />, document.body)}
    </>
  )
}

const GAP = 5
const EDGE = 8

function Bubble({ id, target }: { id: string; target: HTMLElement }) {
  const bubble = useRef<HTMLDivElement>(null)
  const { tip: text = '', tipKey, tipSide } = target.dataset
  useLayoutEffect(() => {
    const own = bubble.current
    if (!own) return
    const { left, top } = placeOf(target.getBoundingClientRect(), own.getBoundingClientRect(), tipSide as Side)
    own.style.left = `${left}px`
    own.style.top = `${top}px`
  }, [target, tipSide])
  useEffect(() => {
    // A tip equal to the accessible name is not announced twice.
    if (target.getAttribute('aria-label') === text || target.hasAttribute('aria-describedby')) return
    target.setAttribute('aria-describedby', id)
    return () => target.removeAttribute('aria-describedby')
  }, [target, id, text])
  return (
    <div
      ref={bubble}
      id={id}
      role="tooltip"
      className="fm-enter fixed top-0 left-0 z-60 flex w-max max-w-80 items-center gap-2 rounded-control border border-line2 bg-panel px-2 py-1 text-xs text-text shadow-float"
    >
      {text}
      {tipKey && <Kbd>{tipKey}</Kbd>}
    </div>
  )
}

/** Places the tip on the preferred side, or on the opposite one if there is no room, within the window. */
function placeOf(over: DOMRect, own: DOMRect, side: Side = 'bottom'): { left: number; top: number } {
  const { innerWidth, innerHeight } = window
  const beside = side === 'left' || side === 'right'
  const before = beside ? over.left - GAP - own.width : over.top - GAP - own.height
  const after = beside ? over.right + GAP : over.bottom + GAP
  const fitsBefore = before >= EDGE
  const fitsAfter = after + (beside ? own.width : own.height) <= (beside ? innerWidth : innerHeight) - EDGE
  const first = side === 'left' || side === 'top'
  const main = first ? (fitsBefore || !fitsAfter ? before : after) : fitsAfter || !fitsBefore ? after : before
  const middle = beside ? over.top + over.height / 2 - own.height / 2 : over.left + over.width / 2 - own.width / 2
  const clamp = (value: number, size: number, room: number) => Math.max(EDGE, Math.min(value, room - size - EDGE))
  return beside
    ? { left: clamp(main, own.width, innerWidth), top: clamp(middle, own.height, innerHeight) }
    : { left: clamp(middle, own.width, innerWidth), top: clamp(main, own.height, innerHeight) }
}
