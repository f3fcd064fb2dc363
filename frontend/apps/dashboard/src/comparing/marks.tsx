// The signs of changes, in the list and on the canvas. The color is never the only difference.

import { ArrowLeftRight, Minus, PenLine, Plus } from 'lucide-react'
import type { StageFace, StageMark } from '@flowmason/pipeline-canvas'
import { cx } from '@flowmason/ui'

const signs = {
  added: { icon: Plus, tone: 'text-ok', fill: 'var(--ok)' },
  removed: { icon: Minus, tone: 'text-fail', fill: 'var(--fail)' },
  changed: { icon: PenLine, tone: 'text-wait', fill: 'var(--wait)' },
  moved: { icon: ArrowLeftRight, tone: 'text-text', fill: 'var(--muted)' },
} as const

/** The sign of a mark; what is unchanged has none. */
export function MarkSign({ mark }: { mark: StageMark }) {
  if (mark === 'same') return null
  const { icon: Icon, tone } = signs[mark]
  return <Icon size={14} className={cx('fm-state shrink-0', tone)} aria-hidden="true" />
}

/** A stage on the canvas with a mark, and what it says. */
export const markedFace = (mark: StageMark, word: string): StageFace =>
  mark === 'same'
    ? { status: 'idle', mark, word }
    : { status: 'idle', mark, word, figure: word, fill: signs[mark].fill, sign: <MarkSign mark={mark} /> }
