// Two areas with a divider that is moved by pointer or by the arrow keys.

import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import { cx } from '@flowmason/ui'

const STEP = 24

export function Split({
  direction,
  label,
  first,
  second,
  initial,
  least,
  most,
  only,
  className,
}: {
  /** `row`: side by side. The size is that of the second area. */
  direction: 'row' | 'column'
  label: string
  first: ReactNode
  second: ReactNode
  /** The initial size of the second area: pixels, or a fraction of the whole if below 1. */
  initial: number
  /** The minimum size of the second area in pixels; the first keeps at least a fifth of the whole. */
  least: number
  /** The maximum size of the second area, as a fraction of the whole. */
  most: number
  /** Shows one of them. The other one stays in the page, hidden. */
  only?: 'first' | 'second' | undefined
  className?: string
}) {
  const host = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState<number>()
  const [share, setShare] = useState<number>()
  const row = direction === 'row'
  const whole = () => (row ? host.current?.clientWidth : host.current?.clientHeight) ?? 0
  const set = (wanted: number) => {
    const next = Math.round(Math.min(whole() * most, Math.max(least, wanted)))
    setSize(next)
    setShare(whole() > 0 ? Math.round((1 - next / whole()) * 100) : undefined)
  }
  const now = () => {
    const box = (host.current?.lastElementChild as HTMLElement | null)?.getBoundingClientRect()
    return (row ? box?.width : box?.height) ?? least
  }
  const onMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const box = host.current?.getBoundingClientRect()
    if (box) set(row ? box.right - event.clientX : box.bottom - event.clientY)
  }
  const onKey = (event: KeyboardEvent) => {
    const [less, more] = row ? ['ArrowRight', 'ArrowLeft'] : ['ArrowDown', 'ArrowUp']
    if (event.key !== less && event.key !== more) return
    event.preventDefault()
    set(now() + (event.key === more ? STEP : -STEP))
  }
  return (
    <div ref={host} className={cx('flex min-h-0 min-w-0', row ? 'flex-row' : 'flex-col', className)}>
      <div className={cx('min-h-0 min-w-0 flex-1', only === 'second' && 'hidden')}>{first}</div>
      {/* A separator with a value is a control: it can have the focus and handles keys. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        role="separator"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={label}
        aria-orientation={row ? 'vertical' : 'horizontal'}
        aria-valuenow={share ?? Math.round((initial < 1 ? 1 - initial : 0.7) * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        onKeyDown={onKey}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onMove}
        onDoubleClick={() => setSize(undefined)}
        className={cx(
          only && 'hidden',
          'relative z-20 shrink-0 touch-none bg-line outline-none select-none hover:bg-faint focus-visible:bg-copper active:bg-copper',
          // The hit area is wider than the visible line.
          'after:absolute after:content-[""]',
          row
            ? 'w-px cursor-col-resize after:inset-y-0 after:-left-1 after:w-[9px]'
            : 'h-px cursor-row-resize after:inset-x-0 after:-top-1 after:h-[9px]',
        )}
      />
      <div
        className={cx(
          'min-h-0 min-w-0 bg-panel',
          only === 'second' ? 'flex-1' : 'shrink-0',
          only === 'first' && 'hidden',
        )}
        style={only ? {} : { flexBasis: size ?? (initial < 1 ? `${initial * 100}%` : initial) }}
      >
        {second}
      </div>
    </div>
  )
}
