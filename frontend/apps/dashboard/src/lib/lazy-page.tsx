// Pages are loaded when they are first opened, or earlier while the browser is idle. If the server is unreachable at
// that moment, the page says so and opens automatically once the server responds.

import { type ComponentType, type FunctionComponent, useDeferredValue, useEffect, useState } from 'react'
import { CloudOff } from 'lucide-react'
import { Button, Empty, RETRY_MS, reloadIfOutdated, yieldToPage } from '@flowmason/ui'
import { loadWhenIdle } from './idle.ts'
import { useReady } from './ready.ts'

export type LazyPage = FunctionComponent & { preload: () => Promise<void> }

const all = new Set<LazyPage>()

export function lazyPage<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name): LazyPage {
  let loaded: ComponentType | undefined
  const fetchPage = async () => {
    // In a task of its own: a cached module is compiled at once.
    if (!loaded) await yieldToPage()
    loaded ??= (await load())[name]
  }
  // The router calls this before a visit and would show its own error on failure; the page handles failures better.
  const preload = () => fetchPage().catch(() => {})
  function Page() {
    const [Loaded, setLoaded] = useState(() => loaded)
    const [away, setAway] = useState(false)
    const [round, setRound] = useState(0)
    useEffect(() => {
      if (Loaded) return
      let gone = false
      let timer: ReturnType<typeof setTimeout> | undefined
      fetchPage().then(
        () => !gone && setLoaded(() => loaded),
        async (reason: unknown) => {
          if (gone) return
          setAway(true)
          await reloadIfOutdated(reason)
          timer = setTimeout(() => setRound((before) => before + 1), RETRY_MS)
        },
      )
      return () => {
        gone = true
        clearTimeout(timer)
      }
    }, [Loaded, round])
    // Rendered in slices, after the frame around it, so that a slow page does not block the rest.
    const shown = useDeferredValue(Loaded !== undefined, false)
    useReady(shown || away)
    if (shown && Loaded) return <Loaded />
    return away ? <ServerAway onRetry={() => setRound((before) => before + 1)} /> : null
  }
  const page = Object.assign(Page, { preload })
  all.add(page)
  return page
}

/** Loads the missing pages one after the other. A failure is ignored: the page is loaded again when it is opened. */
export function preloadPages() {
  for (const page of all) void loadWhenIdle(page.preload)
}

function ServerAway({ onRetry }: { onRetry: () => void }) {
  return (
    <div className="flex flex-1 items-center justify-center">
      <div role="alert">
        <Empty
          icon={<CloudOff size={22} aria-hidden="true" />}
          title="The server cannot be reached"
          action={<Button onClick={onRetry}>Try now</Button>}
        >
          This page opens automatically once the server responds.
        </Empty>
      </div>
    </div>
  )
}
