// The first rows of an input table. Values that differ from the others of their column are marked, with the reason.

import { TriangleAlert } from 'lucide-react'
import { cx } from '@flowmason/ui'
import type { Cell, Table } from '../lib/input-start.ts'

/** A longer value is truncated; the title has all of it. */
const CELL = 120
const SHORT = 32

export function InputTable({ table }: { table: Table }) {
  return (
    <table className="w-full border-separate border-spacing-0 text-xs">
      <thead>
        <tr>
          <th scope="col" className="sticky top-0 w-px border-b border-line2 bg-raise px-2.5 py-1.5">
            <span className="sr-only">Row</span>
          </th>
          {table.columns.map(({ name, type }) => (
            <th
              key={name}
              scope="col"
              className={cx(
                'sticky top-0 border-b border-line2 bg-raise px-2.5 py-1.5 align-bottom whitespace-nowrap',
                type === 'number' ? 'text-right' : 'text-left',
              )}
            >
              <span className="block max-w-56 truncate font-mono font-medium" title={name}>
                {name}
              </span>
              <span className="block font-normal text-muted">{type}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((row, index) => (
          <tr key={index}>
            <th
              scope="row"
              className="tnum border-b border-line px-2.5 py-1 text-right align-top font-normal text-muted"
            >
              {index + 1}
            </th>
            {row.map((cell, at) => (
              <Value key={at} cell={cell} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ cell }: { cell: Cell | undefined }) {
  const place = 'border-b border-line px-2.5 py-1 align-top'
  if (!cell || cell.kind === 'empty')
    return <td className={cx(place, 'text-muted italic')}>{cell ? 'empty' : 'missing'}</td>
  const text = cell.text.length > CELL ? `${cell.text.slice(0, CELL)}…` : cell.text
  const look = cx(
    place,
    'max-w-64 font-mono',
    // A short value stays on one line; the table scrolls horizontally.
    cell.text.length <= SHORT ? 'whitespace-pre' : 'min-w-48 [overflow-wrap:anywhere] whitespace-pre-wrap',
    cell.kind === 'number' && 'tnum text-right',
  )
  if (cell.odd === undefined)
    return (
      <td className={look} title={text === cell.text ? undefined : cell.text}>
        {text}
      </td>
    )
  return (
    <td className={cx(look, 'bg-wait-soft text-wait')} title={cell.odd}>
      {text}
      <TriangleAlert size={11} className="ml-1 inline-block align-[-1px]" aria-hidden="true" />
      <span className="sr-only">. {cell.odd}</span>
    </td>
  )
}

/** The number of marked values described in words; all of them are marked in the table. */
const MAX_LISTED = 3

/** Why values are marked, for users who cannot hover over them. */
export function MismatchedValues({ table }: { table: Table }) {
  const odd = table.rows.flatMap((row, index) =>
    row.flatMap((cell, at) =>
      cell?.odd === undefined ? [] : [{ row: index + 1, name: table.columns[at]?.name ?? '', why: cell.odd }],
    ),
  )
  if (odd.length === 0) return null
  return (
    <ul className="flex flex-col gap-0.5 text-xs text-muted">
      {odd.slice(0, MAX_LISTED).map(({ row, name, why }) => (
        <li key={`${row}/${name}`} className="flex gap-1.5">
          <TriangleAlert size={13} className="mt-px shrink-0 text-wait" aria-hidden="true" />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            Row {row}, <code>{name}</code>: {why}.
          </span>
        </li>
      ))}
      {odd.length > MAX_LISTED && <li className="pl-5">{odd.length - MAX_LISTED} more are marked in the table.</li>}
    </ul>
  )
}
