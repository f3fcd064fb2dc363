// Canvas above, panels below, inspector on the right. On a phone the inspector is a sheet that opens with
// the selection, and the page scrolls as one column.

import { type ReactNode, useEffect, useRef } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { IconButton } from '@flowmason/ui'
import { WIDE, useMedia } from '../lib/use-media.ts'

export interface WorkbenchProps {
  canvas: ReactNode
  below: ReactNode
  inspector: ReactNode
  /** What the inspector is about, while something is selected. */
  selected: string | null
  onClose: () => void
}

/**
 * Who opens a stage by keyboard wants to read about it: the focus goes to the inspector, and back to the stage when
 * it is closed.
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

export function Workbench({ canvas, below, inspector, selected, onClose }: WorkbenchProps) {
  const wide = useMedia(WIDE)
  const aside = useInspectorFocus(selected)
  if (!wide) {
    return (
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
        <div className="h-[38dvh] min-h-64 shrink-0 border-b border-line">{canvas}</div>
        {/* A height of its own: long lists scroll inside it and draw only what is seen. */}
        <div className="flex min-h-96 flex-1 basis-0 flex-col bg-panel">{below}</div>
        <Radix.Root open={selected !== null} onOpenChange={(open) => !open && onClose()}>
          <Radix.Portal>
            <Radix.Overlay className="fixed inset-0 z-40 bg-[var(--scrim)]" />
            <Radix.Content
              aria-describedby={undefined}
              onOpenAutoFocus={(event) => {
                event.preventDefault()
                ;(event.currentTarget as HTMLElement).focus()
              }}
              className="fm-sheet fixed inset-x-0 bottom-0 z-50 flex h-[72dvh] flex-col rounded-t-phone border-t border-line2 bg-panel outline-none"
            >
              <Radix.Title className="sr-only">{selected}</Radix.Title>
              <Radix.Close asChild>
                <IconButton label="Close" className="absolute top-2.5 right-2.5 z-10">
                  <X size={16} aria-hidden="true" />
                </IconButton>
              </Radix.Close>
              {inspector}
            </Radix.Content>
          </Radix.Portal>
        </Radix.Root>
      </div>
    )
  }
  return (
    <Group orientation="horizontal" className="min-h-0 flex-1">
      <Panel id="main" minSize="40%" className="min-w-0">
        <Group orientation="vertical" className="h-full">
          <Panel id="canvas" minSize="20%" defaultSize="58%">
            {canvas}
          </Panel>
          <Separator
            aria-label="Height of the canvas"
            className="h-px bg-line outline-none focus-visible:bg-copper data-[separator=active]:bg-copper data-[separator=hover]:bg-faint"
          />
          <Panel id="below" minSize="15%" className="bg-panel">
            <div className="flex h-full flex-col">{below}</div>
          </Panel>
        </Group>
      </Panel>
      <Separator
        aria-label="Width of the inspector"
        className="w-px bg-line outline-none focus-visible:bg-copper data-[separator=active]:bg-copper data-[separator=hover]:bg-faint"
      />
      <Panel id="inspector" defaultSize={376} minSize={280} maxSize="50%" className="bg-panel">
        <aside
          ref={aside}
          tabIndex={-1}
          aria-label="Inspector"
          className="flex h-full min-w-0 flex-col focus-visible:outline-2 focus-visible:-outline-offset-2"
        >
          {inspector}
        </aside>
      </Panel>
    </Group>
  )
}
