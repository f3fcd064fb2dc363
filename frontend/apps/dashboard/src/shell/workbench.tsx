// Canvas on top, panels below, inspector on the right. On a phone the inspector is a sheet that opens with the
// selection, and the page scrolls as one column.

import { type ReactNode, Suspense, useEffect, useRef } from 'react'
import { cx } from '@flowmason/ui'
import { later } from '../lib/later.tsx'
import { WIDE, useMedia } from '../lib/use-media.ts'
import { Split } from './split.tsx'

const PhoneSheet = later(() => import('./phone-sheet.tsx'), 'PhoneSheet')

export interface WorkbenchProps {
  canvas: ReactNode
  below: ReactNode
  inspector: ReactNode
  /** The lower panel is an editor, with a canvas of its own: it fills the page. */
  writing?: boolean
  /** The title of the inspector while something is selected. */
  selected: string | null
  onClose: () => void
}

/**
 * When a stage is opened by keyboard, the focus moves to the inspector, and back to the stage when the inspector is
 * closed.
 */
function useInspectorFocus(selected: string | null) {
  const aside = useRef<HTMLElement>(null)
  const from = useRef<HTMLElement>(null)
  useEffect(() => {
    const active = document.activeElement
    if (selected !== null) {
      if (!(active instanceof HTMLElement) || active.dataset['stage'] === undefined) return
      if (!active.matches(':focus-visible')) return
      from.current = active
      aside.current?.focus()
    } else if (from.current && (active === document.body || aside.current?.contains(active))) {
      from.current.focus()
      from.current = null
    }
  }, [selected])
  return aside
}

export function Workbench({ canvas, below, inspector, writing = false, selected, onClose }: WorkbenchProps) {
  const wide = useMedia(WIDE)
  const aside = useInspectorFocus(selected)
  useEffect(() => {
    if (!wide) PhoneSheet.preload()
  }, [wide])
  if (!wide) {
    return (
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
        {!writing && <div className="h-[38dvh] min-h-64 shrink-0 border-b border-line">{canvas}</div>}
        {/* Has its own height: long lists scroll inside it and render only what is in view. */}
        <div className={cx('flex flex-1 basis-0 flex-col bg-panel', writing ? 'min-h-0' : 'min-h-96')}>{below}</div>
        {selected !== null && (
          <Suspense fallback={null}>
            <PhoneSheet title={selected} onClose={onClose}>
              {inspector}
            </PhoneSheet>
          </Suspense>
        )}
      </div>
    )
  }
  if (writing) return <div className="flex min-h-0 flex-1 flex-col bg-panel">{below}</div>
  return (
    <Split
      direction="row"
      label="Width of the inspector"
      className="flex-1"
      initial={376}
      least={280}
      most={0.5}
      first={
        <Split
          direction="column"
          label="Height of the canvas"
          className="h-full"
          initial={0.42}
          least={120}
          most={0.8}
          first={canvas}
          second={<div className="flex h-full flex-col">{below}</div>}
        />
      }
      second={
        <aside
          ref={aside}
          tabIndex={-1}
          aria-label="Inspector"
          className="flex h-full min-w-0 flex-col focus-visible:outline-2 focus-visible:-outline-offset-2"
        >
          {inspector}
        </aside>
      }
    />
  )
}
