// The pane and the plane in it. Content of the plane is positioned in its coordinates, overlays are in the corners, and
// the view's buttons are in a strip below.

import { type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import { cx } from '@flowmason/ui'
import { type View, listen, useViewport } from './viewport.ts'

const DOT = 18

export function Pane({
  children,
  over,
  strip,
  onHand,
  onClick,
}: {
  children: ReactNode
  over: ReactNode
  /** Content below the plane, so that it covers nothing. */
  strip: ReactNode
  /** Called when the user moves the view. */
  onHand: () => void
  /** Called on a click anywhere in the pane. */
  onClick: (event: MouseEvent) => void
}) {
  const view = useViewport()
  const pane = useRef<HTMLDivElement>(null)
  const plane = useRef<HTMLDivElement>(null)
  const hand = useRef(onHand)
  useEffect(() => {
    hand.current = onHand
  })
  useEffect(() => {
    const element = pane.current
    if (!element) return
    // Rendering for a new size happens in a task of its own, not in the frame that detected it.
    const observer = new ResizeObserver(() =>
      setTimeout(() => view.store.setState({ width: element.clientWidth, height: element.clientHeight })),
    )
    observer.observe(element)
    const stopListening = listen(element, view, () => {
      view.stop()
      hand.current()
    })
    const draw = ({ x, y, zoom, opened }: View) => {
      if (plane.current) {
        plane.current.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`
        // Before the first view is set, the content would flash at a wrong position.
        plane.current.style.visibility = opened ? '' : 'hidden'
      }
      // Dots keep a minimum distance at any zoom.
      const step = DOT * zoom * 2 ** Math.max(0, Math.ceil(Math.log2(0.6 / zoom)))
      element.style.backgroundSize = `${step}px ${step}px`
      element.style.backgroundPosition = `${x}px ${y}px`
      // As a card gets smaller, its text gets larger; then it shows only its name, in readable letters, and at last
      // only its color.
      const far = zoom < 0.48 ? 'very' : zoom < 0.62 ? 'yes' : zoom < 0.8 ? 'some' : 'no'
      if (element.dataset['far'] !== far) element.dataset['far'] = far
    }
    draw(view.store.getState())
    const unsubscribe = view.store.subscribe(draw)
    return () => {
      observer.disconnect()
      stopListening()
      unsubscribe()
      view.stop()
    }
  }, [view])
  return (
    <div className="absolute inset-0 flex flex-col" role="region" aria-label="Canvas">
      {/* Stages can be reached by keyboard; a click beside them only clears the selection, as Escape does. */}
      <div className="relative min-h-0 flex-1">
        <div ref={pane} className="fm-pane absolute inset-0 overflow-clip" role="presentation" onClick={onClick}>
          <div ref={plane} className="absolute top-0 left-0 size-0 origin-top-left">
            {children}
          </div>
        </div>
        {over}
      </div>
      {strip}
    </div>
  )
}

/** An overlay in a corner of the pane. */
export function Corner({ at, className, children }: { at: string; className?: string; children: ReactNode }) {
  return (
    <div data-nopan className={cx('absolute z-10', at, className)}>
      {children}
    </div>
  )
}
