// A row of the lists of access: what it is, and the actions on it, of which dangerous ones ask once.

import { type ReactNode, useState } from 'react'
import type { ApiProblem } from '@flowmason/graphql'
import { Button, Ticked, cx } from '@flowmason/ui'

interface Props {
  title: ReactNode
  lines?: ReactNode
  muted?: boolean
  problem?: ApiProblem | undefined
  children?: ReactNode
}

export const Row = ({ title, lines, muted, problem, children }: Props) => (
  <li className={cx('flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5', muted && 'text-muted')}>
    <div className="min-w-0 flex-1 basis-56">
      <p className="font-medium wrap-anywhere">{title}</p>
      {lines && <div className="text-xs wrap-anywhere text-muted">{lines}</div>}
    </div>
    {children && <div className="flex items-center gap-1">{children}</div>}
    {problem && (
      <p role="alert" className="basis-full text-xs text-fail">
        <Ticked text={problem.message} />
      </p>
    )}
  </li>
)

/** A quiet button that asks once, in place, before it acts. */
export function AskOnce({
  label,
  of,
  consequence,
  busy,
  onConfirm,
}: {
  /** What it does, such as "Delete". */
  label: string
  /** What it acts on, for screen readers. */
  of: string
  /** What else ends with it, said beside the question. */
  consequence?: string
  busy: boolean
  onConfirm: () => void
}) {
  const [asked, setAsked] = useState(false)
  if (!asked)
    return (
      <Button variant="quiet" aria-label={`${label} ${of}`} onClick={() => setAsked(true)}>
        {label}
      </Button>
    )
  return (
    <>
      {consequence && <span className="max-w-60 text-xs text-muted">{consequence}</span>}
      <Button
        variant="danger"
        busy={busy}
        onClick={() => {
          setAsked(false)
          onConfirm()
        }}
      >
        {label}
      </Button>
      <Button variant="quiet" onClick={() => setAsked(false)}>
        Keep
      </Button>
    </>
  )
}
