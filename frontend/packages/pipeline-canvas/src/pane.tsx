// The pane and the plane in it: what lies on the plane is given places of the plane, what lies over it stands in a
// corner, and the buttons of the view in a strip beneath it.

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
  /** Under the plane, so that it covers nothing. */
  strip: ReactNode
  /** Somebody moves the view. */
  onHand: () => void
  /** Beside the stages. */
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
    // What is drawn for another size is drawn in a task of its own, not within the frame that found it out.
    const observer = new ResizeObserver(() =>
      setTimeout(() => view.store.setState({ width: element.clientWidth, height: element.clientHeight })),
    )
    observer.observe(element)
    const deaf = listen(element, view, () => {
      view.stop()
      hand.current()
    })
    const draw = ({ x, y, zoom, opened }: View) => {
      if (plane.current) {
        plane.current.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`
        // Until it is known where to look from, it would be seen somewhere else.
        plane.current.style.visibility = opened ? '' : 'hidden'
      }
      // Dots keep a readable distance however far away.
      const step = DOT * zoom * 2 ** Math.max(0, Math.ceil(Math.log2(0.6 / zoom)))
      element.style.backgroundSize = `${step}px ${step}px`
      element.style.backgroundPosition = `${x}px ${y}px`
      // Smaller, a card is written larger; far away it shows its name only, in letters that can still be read, and then its colour only.
      const far = zoom < 0.48 ? 'very' : zoom < 0.62 ? 'yes' : zoom < 0.8 ? 'some' : 'no'
      if (element.dataset['far'] !== far) element.dataset['far'] = far
    }
    draw(view.store.getState())
    const deafer = view.store.subscribe(draw)
    return () => {
      observer.disconnect()
      deaf()
      deafer()
      view.stop()
    }
  }, [view])
  return (
    <div className="absolute inset-0 flex flex-col" role="region" aria-label="Canvas">
      {/* The stages are reached by keyboard; a click beside them only gives up the choice, as Escape does. */}
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

/** Something in a corner, over the plane. */
export function Corner({ at, className, children }: { at: string; className?: string; children: ReactNode }) {
  return (
    <div data-nopan className={cx('absolute z-10', at, className)}>
      {children}
    </div>
  )
}
