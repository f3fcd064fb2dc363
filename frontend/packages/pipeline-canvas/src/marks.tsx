// Marks on stages and lines when two versions are laid over each other: what is new, gone or different. Each has a sign
// and a word; the color is never the only difference.

import { ArrowLeftRight, Minus, PenLine, Plus } from 'lucide-react'
import { cx } from '@flowmason/ui'
import type { StageFace } from './faces.ts'

/** How a stage differs; `moved` includes stages that were renamed. */
export type StageMark = 'added' | 'removed' | 'changed' | 'moved' | 'same'

/** Whether only one of the versions has a line. */
export type LineMark = 'added' | 'removed'

const signs = {
  added: { icon: Plus, tone: 'text-ok', fill: 'var(--ok)' },
  removed: { icon: Minus, tone: 'text-fail', fill: 'var(--fail)' },
  changed: { icon: PenLine, tone: 'text-wait', fill: 'var(--wait)' },
  moved: { icon: ArrowLeftRight, tone: 'text-text', fill: 'var(--muted)' },
} as const

/** The sign of a mark; what is unchanged has none. */
export function MarkSign({ mark, size = 14, className }: { mark: StageMark; size?: number; className?: string }) {
  if (mark === 'same') return null
  const { icon: Icon, tone } = signs[mark]
  return <Icon size={size} className={cx('fm-state shrink-0', tone, className)} aria-hidden="true" />
}

/** The color of a stage where only its color is shown; undefined without a mark. */
export const markFill = (face: StageFace | undefined): string | undefined =>
  face?.mark && face.mark !== 'same' ? signs[face.mark].fill : undefined
