// The last firings of a trigger: what became of each, why, and the run that it started.

import { Link } from '@tanstack/react-router'
import { History } from 'lucide-react'
import type { TriggerPageQuery } from '@flowmason/graphql/triggers'
import { Ago, Empty, StatusIcon, StatusPill, Ticked, shortId, statusWord, toStatus } from '@flowmason/ui'
import { listBox } from '../pages/list.tsx'
import { momentIn } from './local-time.ts'
import { firingStates, missedWords } from './words.ts'

type Firing = NonNullable<TriggerPageQuery['trigger']['firings']>[number]

export function Firings({ firings, zone }: { firings: readonly Firing[]; zone: string }) {
  return (
    <div className={listBox}>
      {firings.length === 0 ? (
        <Empty icon={<History size={20} aria-hidden="true" />} title="It has not fired yet" className="py-8">
          Each firing is listed here for 90 days, with its run or with the reason why there is none.
        </Empty>
      ) : (
        <ul aria-label="Firings" className="divide-y divide-line">
          {firings.map((firing) => (
            <FiringRow key={firing.dueAt} firing={firing} zone={zone} />
          ))}
        </ul>
      )}
    </div>
  )
}

function FiringRow({ firing, zone }: { firing: Firing; zone: string }) {
  const { dueAt, state, missed, reason, forRun, run } = firing
  const { status, word } = firingStates[state]
  const why = [missedWords(missed), reason ?? ''].filter(Boolean).join(' ')
  return (
    <li data-firing={state} className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <StatusPill status={status} word={word} className="min-w-20" />
      <span className="tnum min-w-0 flex-1 basis-48 truncate">{momentIn(dueAt, zone)}</span>
      {forRun && (
        <span className="shrink-0 text-xs text-muted">
          for{' '}
          <Link to="/runs/$runId" params={{ runId: forRun.id }} className="font-mono hover:underline">
            {shortId(forRun.id)}
          </Link>
        </span>
      )}
      {run && (
        <Link
          data-row
          to="/runs/$runId"
          params={{ runId: run.id }}
          className="inline-flex min-h-6 shrink-0 items-center gap-1.5 hover:underline"
        >
          <StatusIcon status={toStatus(run.status)} />
          <span className="sr-only">{statusWord(toStatus(run.status))} run</span>
          <span className="font-mono text-xs">{shortId(run.id)}</span>
        </Link>
      )}
      <Ago at={dueAt} className="w-20 shrink-0 text-right text-xs text-muted" />
      {why && (
        <p className="basis-full text-xs wrap-anywhere text-muted">
          <Ticked text={why} />
        </p>
      )}
    </li>
  )
}
