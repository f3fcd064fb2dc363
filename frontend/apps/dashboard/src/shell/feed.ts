// Live changes of the organization's runs. Rows on the screen update through the normalized cache; this store
// keeps changes of runs that no row shows yet.

import { create } from 'zustand'
import { useEffect } from 'react'
import { useClient } from 'urql'
import { RunFeedDocument, type RunFeedSubscription, RunListDocument, useLink } from '@flowmason/graphql'

export type FeedRun = RunFeedSubscription['runFeed']

interface FeedState {
  /** The ids of the runs in progress. */
  active: ReadonlySet<string>
  /** The last known state of each run that changed since the page was opened, newest last. */
  changed: ReadonlyMap<string, FeedRun>
}

export const useFeed = create<FeedState>(() => ({ active: new Set(), changed: new Map() }))

const MAX_CHANGED = 500
const under = (status: string) => status === 'QUEUED' || status === 'RUNNING' || status === 'WAITING'

export function useRunFeed(enabled: boolean) {
  const client = useClient()
  useEffect(() => {
    if (!enabled) return
    const count = () =>
      void client
        .query(
          RunListDocument,
          { first: 100, status: ['QUEUED', 'RUNNING', 'WAITING'] },
          { requestPolicy: 'network-only' },
        )
        .toPromise()
        .then(({ data }) => {
          if (data) useFeed.setState({ active: new Set(data.runs.edges.map((edge) => edge.node.id)) })
        })
    count()
    // Changes during the interruption were missed.
    const again = useLink.subscribe((link, before) => {
      if (link.state === 'live' && before.state === 'reconnecting') count()
    })
    const live = client.subscription(RunFeedDocument, {}).subscribe(({ data }) => {
      if (!data) return
      const run = data.runFeed
      useFeed.setState((before) => {
        const active = new Set(before.active)
        if (under(run.status)) active.add(run.id)
        else active.delete(run.id)
        const changed = new Map(before.changed)
        changed.delete(run.id)
        changed.set(run.id, run)
        const oldest = changed.keys().next().value
        if (changed.size > MAX_CHANGED && oldest !== undefined) changed.delete(oldest)
        return { active, changed }
      })
    })
    return () => {
      again()
      live.unsubscribe()
    }
  }, [client, enabled])
}
