// Renders sentences of the server: messages, reasons, descriptions. Text between backticks is shown as code, without
// the backticks. Every sentence from the server must be rendered with this.

import { Fragment } from 'react'
import { cx } from './cx.ts'

/** Code of at most this many characters, such as a role or a permission, is not broken over two lines. */
const WHOLE = 24

/** The same sentence as plain text, for places such as tooltips. */
export const plainText = (text: string): string => text.replaceAll('`', '')

export function Ticked({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      <code
        key={index}
        className={cx('rounded-[3px] bg-raise px-1', part.length <= WHOLE ? 'whitespace-nowrap' : 'break-all')}
      >
        {part}
      </code>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  )
}
