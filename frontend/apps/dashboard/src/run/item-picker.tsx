// Selects which run of a stage is shown, for stages inside a loop that ran once per item.

import { useMemo } from 'react'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Copy, IconButton, StatusIcon, cx } from '@flowmason/ui'
import { AddressText } from './address-text.tsx'
import { itemsOf } from './address.ts'
import type { RunState, StageState } from './journal.ts'
import { shownStatus, withoutDuplicateSkips } from './shown.ts'

/** The position of a stage run among its siblings, and its neighbors; with `failed`, only among failed runs. */
export function placeAmong(
  all: readonly StageState[],
  address: string,
  failed: boolean,
): { at: number; total: number; previous?: string; next?: string } {
  const own = all.findIndex((each) => each.address === address)
  const wanted = (each: StageState) => !failed || each.status === 'failed'
  const previous = all.slice(0, Math.max(0, own)).findLast(wanted)?.address
  const next = all.slice(own + 1).find(wanted)?.address
  return { at: own + 1, total: all.length, ...(previous ? { previous } : {}), ...(next ? { next } : {}) }
}

/** Anywhere inside a loop there is one run per item, also with a branch in between. */
export const wordFor = (address: string): 'Item' | 'Run' => (/\[\d+\]\//.test(address) ? 'Item' : 'Run')

/**
 * The number shown for a stage run: for an item its number in the loop, so that it is the same in the timeline and in
 * the address; elsewhere, and in nested loops, its position among the runs of the stage.
 */
export function numberOf(
  all: readonly StageState[],
  address: string,
  itemsKnown: number | undefined,
): { number: number; of: number } {
  const [item, inner] = itemsOf(address)
  const { at, total } = placeAmong(all, address, false)
  if (item === undefined || inner !== undefined) return { number: at, of: total }
  const most = Math.max(...all.map((each) => itemsOf(each.address)[0] ?? 0))
  return { number: item, of: Math.max(most, itemsKnown ?? 0) }
}

export function ItemPicker({
  address,
  own,
  state,
  failedOnly,
  onFailedOnly,
  onSelect,
}: {
  address: string
  own: StageState | undefined
  state: RunState
  /** Held by the page, because choosing another item remounts this component. */
  failedOnly: boolean
  onFailedOnly: (only: boolean) => void
  onSelect: (address: string) => void
}) {
  const all = useMemo(
    () =>
      own
        ? withoutDuplicateSkips([...state.stages.values()].filter((each) => each.stage === own.stage)).toSorted(
            (a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }),
          )
        : [],
    [state.stages, own],
  )
  // The stage of a branch that was not taken is distinguished from that of another branch by its address.
  if (!own || all.length < 2 || !all.includes(own)) return null
  const failed = all.filter((each) => each.status === 'failed')
  const { previous, next } = placeAmong(all, address, failedOnly)
  const { number, of } = numberOf(all, address, state.stages.get(address.slice(0, address.indexOf('[')))?.items)
  const word = wordFor(own.address)
  const toggle = () => {
    onFailedOnly(!failedOnly)
    const first = failed[0]
    if (!failedOnly && first && own.status !== 'failed') onSelect(first.address)
  }
  return (
    <div
      role="group"
      aria-label={`${word} of this stage`}
      className="flex flex-wrap items-center gap-x-1 gap-y-1 pt-1.5"
    >
      <IconButton
        label={`Previous ${failedOnly ? 'failed ' : ''}${word.toLowerCase()}`}
        disabled={!previous}
        onClick={() => previous && onSelect(previous)}
      >
        <ChevronLeft size={14} aria-hidden="true" />
      </IconButton>
      <span className="tnum flex items-center gap-1.5 text-xs" role="status">
        <StatusIcon status={shownStatus(own)} />
        {word} {number} of {of.toLocaleString('en')}
      </span>
      <IconButton
        label={`Next ${failedOnly ? 'failed ' : ''}${word.toLowerCase()}`}
        disabled={!next}
        onClick={() => next && onSelect(next)}
      >
        <ChevronRight size={14} aria-hidden="true" />
      </IconButton>
      <AddressText address={address} className="min-w-0 truncate text-muted" />
      <Copy text={address} label="Copy the address, as the API and the terminal take it" />
      <span className="flex-1" />
      {failed.length > 0 && (
        <button
          type="button"
          aria-pressed={failedOnly}
          onClick={toggle}
          className={cx(
            'h-6 rounded-control border px-2 text-xs',
            failedOnly ? 'border-text bg-raise text-text' : 'border-line2 text-muted hover:text-text',
          )}
        >
          Failed only <span className="tnum">{failed.length}</span>
        </button>
      )}
    </div>
  )
}
