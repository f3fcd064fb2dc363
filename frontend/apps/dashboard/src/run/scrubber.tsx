// One control for live, paused and playback: the position in the journal.

import { useEffect, useRef, useState } from 'react'
import { Pause, Play, RotateCcw } from 'lucide-react'
import { IconButton, cx } from '@flowmason/ui'
import type { RunState } from './journal.ts'

/** Playback keeps the run's own pace, but never waits longer than this between two events. */
const LONGEST_WAIT_MS = 700

export function Scrubber({
  run,
  at,
  live,
  onAt,
}: {
  run: RunState
  at: number | null
  live: boolean
  onAt: (at: number | null) => void
}) {
  const [playing, setPlaying] = useState(false)
  const position = at ?? run.seq
  const index = run.events.findLastIndex((event) => event.seq <= position)
  const latest = useRef({ run, index, onAt })
  useEffect(() => {
    latest.current = { run, index, onAt }
  })
  useEffect(() => {
    if (!playing) return
    const { run: now, index: here } = latest.current
    const [current, next] = [now.events[here], now.events[here + 1]]
    if (!next) {
      setPlaying(false)
      latest.current.onAt(null)
      return
    }
    const wait = current ? Date.parse(next.at) - Date.parse(current.at) : 0
    const timer = setTimeout(() => latest.current.onAt(next.seq), Math.min(LONGEST_WAIT_MS, Math.max(16, wait)))
    return () => clearTimeout(timer)
  }, [playing, position])

  if (run.events.length === 0) return null
  const share = run.events.length > 1 ? (Math.max(0, index) / (run.events.length - 1)) * 100 : 100
  const event = run.events[index]
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-t border-line px-4">
      <IconButton
        label="Play from the start"
        onClick={() => {
          const first = run.events[0]
          if (first) onAt(first.seq)
          setPlaying(true)
        }}
      >
        <RotateCcw size={14} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={playing ? 'Pause' : 'Play'}
        disabled={!playing && at === null}
        onClick={() => setPlaying(!playing)}
      >
        {playing ? <Pause size={14} aria-hidden="true" /> : <Play size={14} aria-hidden="true" />}
      </IconButton>
      <input
        type="range"
        min={0}
        max={run.events.length - 1}
        value={Math.max(0, index)}
        aria-label="Position in the journal"
        aria-valuetext={`event ${index + 1} of ${run.events.length}, ${event?.type ?? ''} ${event?.stage ?? ''}`}
        onChange={(change) => {
          setPlaying(false)
          const to = Number(change.target.value)
          const chosen = run.events[to]
          onAt(chosen && to < run.events.length - 1 ? chosen.seq : null)
        }}
        className="fm-range min-w-0 flex-1"
        style={{ '--share': `${share}%` } as React.CSSProperties}
      />
      <span className="tnum shrink-0 text-muted max-sm:hidden">
        event {index + 1} of {run.events.length}
      </span>
      <button
        type="button"
        disabled={at === null}
        onClick={() => {
          setPlaying(false)
          onAt(null)
        }}
        className={cx(
          'flex h-5 shrink-0 items-center gap-1.5 rounded-full px-2 text-xs font-medium',
          at === null ? (live ? 'bg-run-soft text-run' : 'bg-raise text-muted') : 'bg-raise text-text hover:bg-line',
        )}
      >
        {live && (
          <span className={cx('size-1.5 rounded-full', at === null ? 'bg-current' : 'bg-run')} aria-hidden="true" />
        )}
        {at === null ? (live ? 'Live' : 'End') : live ? 'Go live' : 'To the end'}
      </button>
    </div>
  )
}
