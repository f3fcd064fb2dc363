// A field for a time zone: a list that is searched by typing, following the WAI-ARIA pattern of a combobox.

import { type KeyboardEvent as KeyPress, useEffect, useId, useMemo, useState } from 'react'
import { Input, cx, useNow } from '@flowmason/ui'
import { zoneChoices } from '../lib/regions.ts'
import { isZone } from './local-time.ts'
import { offsetOf, zonesMatching } from './zones.ts'

/** The zones that are listed at once; more letters find the others. */
const MOST = 8

interface Props {
  /** From `Field`. */
  ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }
  value: string
  onChange: (zone: string) => void
}

export function ZonePicker({ ids, value, onChange }: Props) {
  const list = useId()
  const now = useNow(true, 'slow')
  /** What is typed; undefined while nothing is looked for. */
  const [typed, setTyped] = useState<string>()
  const [at, setAt] = useState(0)
  const known = useMemo(() => zoneChoices(Intl.supportedValuesOf('timeZone'), value).map((each) => each.value), [value])
  const found = useMemo(
    () => (typed === undefined ? [] : zonesMatching(known, typed === value ? '' : typed, MOST)),
    [known, typed, value],
  )
  const open = typed !== undefined
  const active = found[Math.min(at, found.length - 1)]
  const choose = (zone: string | undefined) => {
    setTyped(undefined)
    setAt(0)
    if (zone !== undefined && zone !== value) onChange(zone)
  }
  useEffect(() => {
    if (!open) return
    // Before the dialog around the field, which would close.
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      event.preventDefault()
      setTyped(undefined)
    }
    window.addEventListener('keydown', close, true)
    return () => window.removeEventListener('keydown', close, true)
  }, [open])
  const move = (to: number) => {
    setTyped((before) => before ?? value)
    setAt(found.length === 0 ? 0 : (to + found.length) % found.length)
  }
  const onKey = (event: KeyPress) => {
    if (event.key === 'ArrowDown') move(open ? at + 1 : 0)
    else if (event.key === 'ArrowUp') move(open ? at - 1 : 0)
    else if (event.key === 'Enter' && open) choose(active)
    else return
    event.preventDefault()
  }
  return (
    <div className="relative">
      <Input
        {...ids}
        role="combobox"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open && active ? `${list}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed ?? value}
        onFocus={(event) => event.target.select()}
        onClick={() => setTyped((before) => before ?? value)}
        onChange={(event) => {
          setTyped(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKey}
        // What is typed in full counts, also a name that is not in the list.
        onBlur={() => choose(typed !== undefined && isZone(typed.trim()) ? typed.trim() : undefined)}
      />
      <div
        hidden={!open}
        className="absolute inset-x-0 top-full z-10 mt-1 max-h-64 overflow-y-auto rounded-float border border-line2 bg-panel p-1 shadow-float"
      >
        <div id={list} role="listbox" aria-label="Time zones">
          {found.map((zone) => (
            <button
              key={zone}
              id={`${list}-${zone}`}
              type="button"
              role="option"
              aria-selected={zone === active}
              tabIndex={-1}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(zone)}
              className={cx(
                'flex h-8 w-full items-center gap-3 rounded-[5px] px-2 text-left hover:bg-raise',
                zone === active && 'bg-raise',
              )}
            >
              <span className="min-w-0 flex-1 truncate">{zone.replaceAll('_', ' ')}</span>
              <span className="text-xs text-muted">{offsetOf(zone, now)}</span>
            </button>
          ))}
        </div>
        {open && found.length === 0 && (
          <p role="status" className="px-2 py-1.5 text-xs text-muted">
            No time zone has “{typed}” in its name.
          </p>
        )}
      </div>
    </div>
  )
}
