// The control for live view, pause and playback: a slider for the position in the journal.

import { useEffect, useRef, useState } from 'react'
import { Pause, Play, RotateCcw } from 'lucide-react'
import { IconButton, cx } from '@flowmason/ui'
import type { LinkState } from '@flowmason/graphql'
import type { RunState } from './journal.ts'
import { type Step, stepsOf } from './playback.ts'

export function Scrubber({
  run,
  at,
  live,
  link,
  onAt,
}: {
  run: RunState
  at: number | null
  live: boolean
  link: LinkState
  onAt: (at: number | null) => void
}) {
  // The position of the playback. The position in the URL follows a moment later and does not control it.
  const [playing, setPlaying] = useState<number | null>(null)
  const steps = useRef<Step[]>([])
  const position = at ?? run.seq
  const index = run.events.findLastIndex((event) => event.seq <= position)
  const latest = useRef({ run, onAt })
  useEffect(() => {
    latest.current = { run, onAt }
  })
  useEffect(() => {
    if (playing === null) return
    const { events } = latest.current.run
    const step = steps.current.find((each) => each.index > playing)
    if (!step) {
      setPlaying(null)
      latest.current.onAt(null)
      return
    }
    const timer = setTimeout(() => {
      const event = events[step.index]
      if (event) latest.current.onAt(event.seq)
      setPlaying(step.index)
    }, step.waitMs)
    return () => clearTimeout(timer)
  }, [playing])
  const playFrom = (start: number) => {
    const first = run.events[start]
    if (first) onAt(first.seq)
    steps.current = stepsOf(run.events)
    setPlaying(start)
  }

  if (run.events.length === 0) return null
  const share = run.events.length > 1 ? (Math.max(0, index) / (run.events.length - 1)) * 100 : 100
  const event = run.events[index]
  const cut = live && link === 'reconnecting'
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-t border-line px-4">
      <IconButton label="Play from the start" onClick={() => playFrom(0)}>
        <RotateCcw size={14} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={playing === null ? 'Play' : 'Pause'}
        disabled={playing === null && at === null && live}
        // At the end of a finished run, playback starts from the beginning.
        onClick={() => (playing === null ? playFrom(at === null ? 0 : index) : setPlaying(null))}
      >
        {playing !== null ? <Pause size={14} aria-hidden="true" /> : <Play size={14} aria-hidden="true" />}
      </IconButton>
      <input
        type="range"
        min={0}
        max={run.events.length - 1}
        value={Math.max(0, index)}
        aria-label="Position in the journal"
        aria-valuetext={`event ${index + 1} of ${run.events.length}, ${event?.type ?? ''} ${event?.stage ?? ''}`}
        onChange={(change) => {
          setPlaying(null)
          const to = Number(change.target.value)
          const chosen = run.events[to]
          onAt(chosen && to < run.events.length - 1 ? chosen.seq : null)
        }}
        className="fm-range min-w-0 flex-1"
        style={{ '--share': `${share}%` } as React.CSSProperties}
      />
      <span className="tnum shrink-0 text-muted max-sm:hidden">
        event {(index + 1).toLocaleString('en')} of {run.events.length.toLocaleString('en')}
      </span>
      <button
        type="button"
        disabled={at === null}
        onClick={() => {
          setPlaying(null)
          onAt(null)
        }}
        className={cx(
          'flex h-5 shrink-0 items-center gap-1.5 rounded-full px-2 text-xs font-medium',
          at !== null
            ? 'bg-raise text-text hover:bg-line'
            : cut
              ? 'bg-wait-soft text-wait'
              : live
                ? 'bg-run-soft text-run'
                : 'bg-raise text-muted',
        )}
      >
        {live && (
          <span className={cx('size-1.5 rounded-full', at === null ? 'bg-current' : 'bg-run')} aria-hidden="true" />
        )}
        {at !== null ? (live ? 'Go live' : 'Go to the end') : cut ? 'Reconnecting' : live ? 'Live' : 'End'}
      </button>
    </div>
  )
}
