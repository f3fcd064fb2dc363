// A field with its values before and after: short ones below each other, long ones line by line.

import { useMemo, useState } from 'react'
import { Button, cx } from '@flowmason/ui'
import type { FieldChange } from './changes.ts'
import { type DiffLine, lineDiff } from './line-diff.ts'

/** A value that is longer, or has several lines, is compared line by line. */
const SHORT = 80
/** The most lines that are shown before somebody asks for more. */
const LINES = 40
/** The most characters of a line that are shown. */
const LONGEST_LINE = 2_000
/** Longer values are not compared: their beginnings are shown. */
const LONGEST_VALUE = 200_000

/** A value as a text: texts as they are, everything else as JSON. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'null')

/** A short value as it stands in the file, so that `"1"` is not mistaken for `1`. */
const inFile = (value: unknown): string => JSON.stringify(value) ?? 'null'

const isShort = (value: unknown) =>
  inFile(value).length <= SHORT && !(typeof value === 'string' && value.includes('\n'))

/** The lines that show what became of a value. */
export function linesOf({ kind, before, after }: FieldChange): DiffLine[] {
  const one = (side: 'before' | 'after', value: unknown): DiffLine[] =>
    (isShort(value) ? [inFile(value)] : textOf(value).split('\n')).map((text) => ({ kind: side, text }))
  if (kind === 'ADDED') return one('after', after)
  if (kind === 'REMOVED') return one('before', before)
  const [old, now] = [textOf(before), textOf(after)]
  const sameType = typeof before === typeof after
  if ((isShort(before) && isShort(after)) || !sameType || old.length + now.length > LONGEST_VALUE)
    return [...one('before', before), ...one('after', after)]
  return lineDiff(old, now)
}

export function FieldDifference({ change }: { change: FieldChange }) {
  const lines = useMemo(() => linesOf(change), [change])
  return (
    <div className="flex flex-col gap-1">
      <p className="text-xs text-muted">
        <code className="font-mono break-all text-text">{change.field}</code>
        {change.kind === 'ADDED' && ' added'}
        {change.kind === 'REMOVED' && ' removed'}
        {change.followsRename && ' follows the renaming'}
      </p>
      <DiffLines lines={lines} label={change.field} />
    </div>
  )
}

const signs: Record<DiffLine['kind'], { sign: string; word: string; line: string }> = {
  before: { sign: '−', word: 'before: ', line: 'bg-fail-soft' },
  after: { sign: '+', word: 'after: ', line: 'bg-ok-soft' },
  same: { sign: ' ', word: '', line: '' },
  gap: { sign: '…', word: 'unchanged: ', line: 'text-muted' },
}

export function DiffLines({ lines, label }: { lines: readonly DiffLine[]; label: string }) {
  const [all, setAll] = useState(false)
  const shown = all ? lines : lines.slice(0, LINES)
  return (
    <>
      <ul
        aria-label={label}
        className="overflow-hidden rounded-control border border-line bg-sunk font-mono text-xs leading-5"
      >
        {shown.map(({ kind, text }, index) => {
          const { sign, word, line } = signs[kind]
          return (
            <li key={index} className={cx('flex gap-2 px-2', line)}>
              <span aria-hidden="true" className="w-2 shrink-0 select-none">
                {sign}
              </span>
              <span className="min-w-0 break-words whitespace-pre-wrap">
                {word && <span className="sr-only">{word}</span>}
                {text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)} …` : text || ' '}
              </span>
            </li>
          )
        })}
      </ul>
      {shown.length < lines.length && (
        <Button variant="quiet" className="self-start" onClick={() => setAll(true)}>
          Show {(lines.length - shown.length).toLocaleString('en')} more lines
        </Button>
      )}
    </>
  )
}
