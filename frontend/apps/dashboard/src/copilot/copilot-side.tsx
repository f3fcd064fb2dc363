// The co-pilot beside the editor of a draft. The panel itself is loaded when it is opened, or before the server goes away.

import { type ReactNode, type RefObject, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { Boundary, Loading, Skeleton } from '@flowmason/ui'
import type { DraftSession } from '../editing/session.ts'
import { later } from '../lib/later.tsx'
import { WIDE, useMedia } from '../lib/use-media.ts'
import { modKey, useHotkeys } from '../shell/hotkeys.ts'
import { usePageCommand } from '../shell/page-commands.ts'
import { Split } from '../shell/split.tsx'
import { CopilotContext, createCopilotStore, setOpen } from './copilot-store.ts'

const CopilotPanel = later(() => import('./copilot-panel.tsx'), 'CopilotPanel')

interface Props {
  pipelineId: string
  /** Whose exchanges are shown again after a reload. */
  userId: string
  /** The draft that is edited; undefined for those who may only read it. */
  session?: DraftSession | undefined
  /** The revision that those see who may only read it. */
  revision?: number | undefined
  children: ReactNode
}

export function CopilotSide({ pipelineId, userId, session, revision, children }: Props) {
  const [store] = useState(createCopilotStore)
  const open = useStore(store, (state) => state.open)
  const wide = useMedia(WIDE)
  // Once it was open it stays in the page, hidden, with all that was typed.
  const [known, setKnown] = useState(open)
  if (open && !known) setKnown(true)
  useEffect(() => CopilotPanel.preload(), [])
  const host = useRef<HTMLDivElement>(null)
  useFocusBack(host, open)
  const toggle = () => setOpen(store, !open)
  useHotkeys({
    'mod+j': () => {
      if (!document.querySelector('[role=dialog]')) toggle()
    },
  })
  usePageCommand({
    name: open ? 'Hide the co-pilot' : 'Show the co-pilot',
    words: 'copilot co-pilot assistant suggest explain generate debug optimize chat findings',
    keys: `${modKey} J`,
    run: toggle,
  })
  return (
    <CopilotContext value={store}>
      <Split
        direction="row"
        label="Width of the co-pilot"
        className="h-full"
        initial={380}
        least={300}
        most={0.6}
        only={!open ? 'first' : wide ? undefined : 'second'}
        first={children}
        second={
          known && (
            <div ref={host} className="h-full">
              <Boundary name="The co-pilot">
                <Suspense fallback={<Opening />}>
                  <CopilotPanel
                    pipelineId={pipelineId}
                    userId={userId}
                    session={session}
                    revision={revision}
                    store={store}
                    shown={open}
                    onClose={toggle}
                  />
                </Suspense>
              </Boundary>
            </div>
          )
        }
      />
    </CopilotContext>
  )
}

/** The focus of a panel that is closed goes back to where it was before the panel was opened. */
function useFocusBack(host: RefObject<HTMLElement | null>, open: boolean) {
  const before = useRef<Element>(null)
  const was = useRef(open)
  // Before the browser hides the panel, which would lose the focus.
  useLayoutEffect(() => {
    if (was.current === open) return
    was.current = open
    const focused = document.activeElement
    if (open) before.current = focused
    else if (host.current?.contains(focused) || focused === document.body)
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
  }, [host, open])
}

const Opening = () => (
  <Loading label="Opening the co-pilot" className="flex flex-col gap-2 p-4">
    <Skeleton className="h-3.5" />
    <Skeleton className="h-3.5" />
  </Loading>
)
