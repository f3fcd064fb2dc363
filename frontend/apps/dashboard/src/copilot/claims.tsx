// What the model says is true after its change, with what was found. An untrue claim is struck out, and words say so.

import { CircleCheck, CircleX } from 'lucide-react'
import { Ticked } from '@flowmason/ui'
import type { Claim } from './link.ts'

export function ClaimList({ label, claims }: { label: string; claims: readonly Claim[] }) {
  if (claims.length === 0) return null
  return (
    <div className="flex flex-col gap-1">
      <p className="text-xs text-muted">{label}</p>
      <ul aria-label={label} className="flex flex-col gap-1 text-xs">
        {claims.map((claim, index) => (
          <ClaimItem key={index} claim={claim} />
        ))}
      </ul>
    </div>
  )
}

function ClaimItem({ claim: { text, isTrue } }: { claim: Claim }) {
  if (isTrue === false) {
    return (
      <li className="flex items-start gap-1.5">
        <CircleX size={13} className="mt-0.5 shrink-0 text-fail" aria-hidden="true" />
        <span className="min-w-0 break-words">
          <span className="font-medium text-fail">Not true: </span>
          <s className="text-muted">
            <Ticked text={text} />
          </s>
        </span>
      </li>
    )
  }
  return (
    <li className="flex items-start gap-1.5">
      {isTrue === true ? (
        <CircleCheck size={13} className="mt-0.5 shrink-0 text-ok" aria-hidden="true" />
      ) : (
        <span className="w-[13px] shrink-0" aria-hidden="true" />
      )}
      <span className="min-w-0 break-words">
        {isTrue === true ? 'True: ' : 'Not checked: '}
        <Ticked text={text} />
      </span>
    </li>
  )
}
