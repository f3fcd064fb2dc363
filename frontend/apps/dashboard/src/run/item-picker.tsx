// A stage inside a loop ran once per item: which one is shown, and the way to the others.

import { useMemo } from 'react'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Copy, IconButton, StatusIcon, cx } from '@flowmason/ui'
import { AddressText } from './address-text.tsx'
import { itemsOf } from './address.ts'
import type { RunState, StageState } from './journal.ts'
import { shownStatus, withoutDuplicateSkips } from './shown.ts'

/** Where a run of a stage stands among its siblings, and its neighbours; `failed` keeps to those that failed. */
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

/** Anywhere inside a loop there is one for each item, also where a branch stands in between. */
export const wordFor = (address: string): 'Item' | 'Run' => (/\[\d+\]\//.test(address) ? 'Item' : 'Run')

/**
 * The number that a person knows a run of a stage by: of an item its number in the loop, so that it is the same in the
 * timeline and in the address; elsewhere, and in nested loops, its place among the runs of the stage.
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
  /** Held by the page: choosing another item mounts this anew. */
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
  // In a branch that was not taken, the stage of another branch is told apart from it by its address.
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
