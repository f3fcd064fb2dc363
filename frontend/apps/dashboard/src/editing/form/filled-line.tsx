// The line under a text with templates: what it comes to with the values of a run, or why it comes to nothing.

import { Ticked, cx } from '@flowmason/ui'
import type { FilledText, Known } from './filled.ts'

/** The letters of a value that are shown. The rest is in the tip of the line. */
const SHOWN = 300

export function FilledLine({ id, known }: { id: string; known: Known }) {
  const { answer, of, wanted } = known
  if (!answer?.computed) return null
  return (
    <div id={id} data-testid="filled" className={cx('min-w-0 text-xs break-words', of !== wanted.text && 'italic')}>
      <Outcome answer={answer} text={of ?? wanted.text} />
    </div>
  )
}

function Outcome({ answer, text }: { answer: FilledText; text: string }) {
  const { value, problem, missing } = answer
  if (problem) {
    return (
      <p className={problem.inText ? 'text-fail' : 'text-muted'}>
        {problem.inText ? `${placeWords(text, problem.offset)}: ` : 'With this run: '}
        <Ticked text={problem.message} />
        {problem.suggestion && !problem.message.includes(problem.suggestion) && (
          <span className="text-muted">
            {' '}
            <Ticked text={problem.suggestion} />
          </span>
        )}
      </p>
    )
  }
  if (missing.length > 0) {
    const names = missing.map((name) => `\`${name}\``).join(', ')
    const isOwn = missing.every((name) => !/^(?:upstream|context)\./.test(name))
    return (
      <p className="text-muted">
        <Ticked text={isOwn ? `Depends on ${names}.` : `The run has no ${names}.`} />
      </p>
    )
  }
  if (value === null || value === undefined) return null
  const short = value.length > SHOWN ? value.slice(0, SHOWN) : value
  const cut = answer.truncated || short.length < value.length
  return (
    <p title={cut ? value : undefined} className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      <span className="sr-only">Filled in: </span>
      <span aria-hidden="true" className="mr-1 text-muted">
        =
      </span>
      {value === '' ? <em className="text-muted">an empty text</em> : <code>{short}</code>}
      {cut && <span className="text-muted">…</span>}
    </p>
  )
}

/** `Column 7`, and the line, too, if there are several. */
export function placeWords(text: string, offset: number): string {
  const before = [...text].slice(0, offset).join('').split('\n')
  const column = [...(before.at(-1) ?? '')].length + 1
  return text.includes('\n') ? `Line ${before.length}, column ${column}` : `Column ${column}`
}
