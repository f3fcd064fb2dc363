// The frame of a list or an object: a heading, what is wrong with it, its fields, and its buttons.

import { type ReactNode, useId } from 'react'
import { Ticked, cx } from '@flowmason/ui'
import type { Path } from '../edits.ts'
import { ProblemLines, useProblems } from './frame.tsx'

interface Props {
  label: string
  name?: string | undefined
  path: Path
  required?: boolean | undefined
  description?: string | undefined
  extra?: ReactNode
  refusal?: string | undefined
  bare?: boolean | undefined
  children: ReactNode
}

export function Group({ label, name, path, required, description, extra, refusal, bare, children }: Props) {
  const id = useId()
  const problems = useProblems(path, { inside: false })
  const described = [problems.length > 0 && `${id}-problems`, description && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={described || undefined}
      data-field={path.join('.')}
      className="flex min-w-0 flex-col gap-2"
    >
      <div className={cx('flex items-baseline justify-between gap-3', bare && !extra && 'sr-only')}>
        <span id={`${id}-label`} className={cx('min-w-0 break-words', bare ? 'sr-only' : 'font-medium')}>
          {name ?? label}
          {required && <span className="ml-1 font-normal text-muted">required</span>}
        </span>
        {extra && <span className="flex min-w-0 items-center gap-1.5 text-xs text-muted">{extra}</span>}
      </div>
      <ProblemLines id={`${id}-problems`} problems={problems} />
      {description && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          <Ticked text={description} />
        </p>
      )}
      {children}
      {refusal !== undefined && (
        <p role="alert" className="text-xs break-words text-fail">
          <Ticked text={refusal} />
        </p>
      )}
    </div>
  )
}
