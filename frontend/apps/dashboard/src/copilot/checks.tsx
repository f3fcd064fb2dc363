// What was tried out before a proposal was shown: the checks and the dry run, and which answers in it were made up.

import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { Ticked } from '@flowmason/ui'
import { money } from '../lib/money.ts'
import type { Check, Piece } from './link.ts'

export function CheckList({ label, checks }: { label: string; checks: readonly Check[] }) {
  if (checks.length === 0) return null
  return (
    <div className="flex flex-col gap-1">
      <p className="text-xs text-muted">{label}</p>
      <ul aria-label={label} className="flex flex-col gap-1 text-xs">
        {checks.map((check, index) => (
          <CheckItem key={index} check={check} />
        ))}
      </ul>
    </div>
  )
}

function CheckItem({ check: { name, passed, worse, detail } }: { check: Check }) {
  const [Icon, tone, words] = passed
    ? ([CircleCheck, 'text-ok', 'passed'] as const)
    : worse
      ? ([CircleX, 'text-fail', 'worse than before'] as const)
      : ([TriangleAlert, 'text-wait', 'not passed'] as const)
  return (
    <li className="flex items-start gap-1.5">
      <Icon size={13} className={`mt-0.5 shrink-0 ${tone}`} aria-hidden="true" />
      <span className="min-w-0 break-words">
        <span className="font-medium">
          {name}: {words}.
        </span>{' '}
        <Ticked text={detail} />
      </span>
    </li>
  )
}

/** What was tried out of a piece, and what it costs if that stays the same: a change is among what a run does. */
export function Tried({ piece: { checks, dryRun, cost, refused } }: { piece: Piece }) {
  if (typeof refused === 'string') return null
  const same = typeof cost?.afterUsd === 'number' && cost.afterUsd === cost.beforeUsd ? cost.afterUsd : undefined
  return (
    <>
      {dryRun ? (
        <CheckList label="Tried out, without reaching anything outside" checks={checks} />
      ) : (
        <p className="text-xs text-muted">It was not tried out.</p>
      )}
      {same !== undefined && <p className="text-xs text-muted">Models cost at most {money(same)} a run, as before.</p>}
    </>
  )
}
