// The frame of a field: its label, what is wrong with it, its help, and the choice when somebody else changed it too.

import { type ReactNode, useId } from 'react'
import { Wrench } from 'lucide-react'
import { Button, Ticked, cx } from '@flowmason/ui'
import type { Path } from '../edits.ts'
import { FilledLine } from './filled-line.tsx'
import type { Known } from './filled.ts'
import { useForm } from './form-context.ts'
import { type Fix, type StageProblem, startsWith } from './problem-places.ts'
import { lineOf } from './readings.ts'
import { useEdits } from './use-edits.ts'
import type { HeldField } from './use-held.ts'

/** What connects a control with its label and with what is said about it. */
export interface ControlIds {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

/** The problems at a path, and inside it. */
export function useProblems(path: Path, { inside = true } = {}): readonly StageProblem[] {
  const { problems } = useForm()
  return problems
    .filter((each) => startsWith(each.path, path) && (inside || each.path.length === path.length))
    .map((each) => each.problem)
}

interface FrameProps {
  label: string
  /** For screen readers, where the label alone says too little: `Tags, item 2`. */
  name?: string | undefined
  path: Path
  required?: boolean | undefined
  description?: string | undefined
  /** At the right of the label: the name in the file, how it is edited, what can be done with it. */
  extra?: ReactNode
  held?: HeldField | undefined
  /** The value of the draft. */
  value?: unknown
  error?: string | undefined
  /** What the text comes to with the values of a run. */
  filled?: Known | undefined
  /** The label is for screen readers only. */
  bare?: boolean | undefined
  children: (ids: ControlIds) => ReactNode
}

export function Frame(props: FrameProps) {
  const { label, name, path, required, description, extra, held, value, error, filled, bare, children } = props
  const id = useId()
  const found = useProblems(path)
  // What is wrong with the text stands in the line below it, with its place.
  const fault = filled?.answer?.problem
  const problems = fault?.inText ? found.filter((each) => !each.message.includes(fault.message)) : found
  const wrong = held?.error ?? error
  const invalid = wrong !== undefined || found.some((each) => each.severity === 'ERROR')
  const described = [
    wrong !== undefined && `${id}-error`,
    problems.length > 0 && `${id}-problems`,
    held?.conflict && `${id}-conflict`,
    filled?.answer?.computed && `${id}-filled`,
    description && `${id}-hint`,
  ].filter(Boolean)
  const ids: ControlIds = {
    id,
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
    ...(invalid && { 'aria-invalid': true as const }),
  }
  return (
    <div className="flex min-w-0 flex-col gap-1.5" data-field={path.join('.')}>
      <div className={cx('flex items-baseline justify-between gap-3', bare && !extra && 'sr-only')}>
        <label htmlFor={id} className={cx('min-w-0 break-words', bare ? 'sr-only' : 'font-medium')}>
          {name ?? label}
          {required && <span className="ml-1 font-normal text-muted">required</span>}
        </label>
        {extra && <span className="flex min-w-0 items-center gap-1.5 text-xs text-muted">{extra}</span>}
      </div>
      {children(ids)}
      {filled && <FilledLine id={`${id}-filled`} known={filled} />}
      {held?.conflict && <FieldConflict id={`${id}-conflict`} held={held} value={value} />}
      {wrong !== undefined && (
        <p id={`${id}-error`} role="alert" className="text-xs break-words text-fail">
          <Ticked text={wrong} />
        </p>
      )}
      <ProblemLines id={`${id}-problems`} problems={problems} fixable={!held?.pending} />
      {description && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          <Ticked text={description} />
        </p>
      )}
    </div>
  )
}

interface LinesProps {
  id?: string
  problems: readonly StageProblem[]
  /** False while something is typed here that a fix would replace. */
  fixable?: boolean
}

export function ProblemLines({ id, problems, fixable = true }: LinesProps) {
  if (problems.length === 0) return null
  return (
    <ul id={id} className="flex flex-col gap-0.5 text-xs">
      {problems.map((each) => (
        <li
          key={`${each.code} ${each.path} ${each.message}`}
          className={cx('break-words', each.severity === 'ERROR' ? 'text-fail' : 'text-wait')}
        >
          <span className="sr-only">{each.severity === 'ERROR' ? 'Error: ' : 'Warning: '}</span>
          <Ticked text={each.message} />
          {each.suggestion && (
            <span className="text-muted">
              {' '}
              <Ticked text={each.suggestion} />
            </span>
          )}
          {each.fix && fixable && <FixButton fix={each.fix} />}
        </li>
      ))}
    </ul>
  )
}

/** Makes the change that fixes a problem. It is one change of the draft, and can be undone. */
function FixButton({ fix }: { fix: Fix }) {
  const { refusal, make } = useEdits()
  return (
    <>
      <button
        type="button"
        onClick={() => void make(fix.edits)}
        className="ml-2 inline-flex items-center gap-1 rounded-control border border-line2 px-1.5 text-text hover:bg-raise"
      >
        <Wrench size={11} aria-hidden="true" />
        {fix.label}
      </button>
      {refusal !== undefined && (
        <span role="alert" className="block text-fail">
          <Ticked text={refusal} />
        </span>
      )}
    </>
  )
}

/** Both values, and which one stays. */
function FieldConflict({ id, held, value }: { id: string; held: HeldField; value: unknown }) {
  return (
    <div
      id={id}
      role="alert"
      className="flex flex-col gap-2 rounded-control border border-line bg-wait-soft p-2 text-xs"
    >
      <p>
        Somebody else changed this meanwhile. Theirs:{' '}
        {value === undefined ? <em>removed</em> : <code className="break-all">{lineOf(value)}</code>} · Mine:{' '}
        {held.text === '' ? <em>removed</em> : <code className="break-all">{held.text}</code>}
      </p>
      <span className="flex flex-wrap gap-2">
        <Button onClick={held.keepMine}>Keep mine</Button>
        <Button onClick={held.takeTheirs}>Take theirs</Button>
      </span>
    </div>
  )
}
