// Counts stage runs and describes the counts, for the canvas, the inspector and the lists. A skipped stage did not run,
// so it is never counted among those that did.

import { type Status } from '@flowmason/ui'
import { count } from '../lib/words.ts'
import { isOver } from './journal.ts'
import type { StageCounts } from './shown.ts'

export interface Tally {
  all: number
  /** Ended with a result, a failure or a cancellation. */
  ran: number
  skipped: number
  failed: number
}

export function tally(statuses: Iterable<Status>): Tally {
  const sum: Tally = { all: 0, ran: 0, skipped: 0, failed: 0 }
  for (const status of statuses) {
    sum.all++
    if (status === 'skipped') sum.skipped++
    else if (isOver(status)) sum.ran++
    if (status === 'failed') sum.failed++
  }
  return sum
}

/** If several runs of a stage are shown as one, the state that needs attention wins. */
export function combine(statuses: readonly Status[]): Status {
  for (const status of ['failed', 'waiting', 'running', 'queued'] as const) if (statuses.includes(status)) return status
  if (statuses.includes('cancelled')) return 'cancelled'
  if (statuses.includes('succeeded')) return 'succeeded'
  return statuses.length > 0 && !statuses.includes('idle') ? 'skipped' : 'idle'
}

/** `4 ran · 4 skipped`: the outcome, once all have ended. */
export function tallyWords({ ran, skipped, failed }: Tally): string {
  const parts = [`${(ran - failed).toLocaleString('en')} ran`]
  if (failed > 0) parts.push(`${failed.toLocaleString('en')} failed`)
  if (skipped > 0) parts.push(`${skipped.toLocaleString('en')} skipped`)
  return parts.join(' · ')
}

/** The figure on a card: how many have ended while some are running, then the outcome. */
export function tallyFigure(sum: Tally): string {
  const ended = sum.ran + sum.skipped
  if (ended === sum.all && sum.skipped + sum.failed > 0) return tallyWords(sum)
  // Skipped ones are excluded from the total: the figure is the progress of those that run.
  return `${sum.ran.toLocaleString('en')} / ${(sum.all - sum.skipped).toLocaleString('en')}`
}

/** `4 stages ran, 1 was skipped`: counts each stage of the version once. */
export function stageWords({ ran, skipped, reused, pinned = 0, notStarted }: StageCounts): string {
  const parts = [`${count(ran, 'stage')} ran`]
  if (reused > 0)
    parts.push(`${reused.toLocaleString('en')} ${reused === 1 ? 'was' : 'were'} reused from the earlier run`)
  if (pinned > 0) parts.push(`${pinned} ${pinned === 1 ? 'was' : 'were'} pinned`)
  if (skipped > 0) parts.push(`${skipped.toLocaleString('en')} ${skipped === 1 ? 'was' : 'were'} skipped`)
  if (notStarted > 0) parts.push(`${notStarted.toLocaleString('en')} did not start`)
  return parts.join(', ')
}
