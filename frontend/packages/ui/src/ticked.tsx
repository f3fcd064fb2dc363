// Renders sentences of the server: messages, reasons, descriptions. Text between backticks is shown as code, without
// the backticks. Every sentence from the server must be rendered with this.

import { Fragment } from 'react'

/** The same sentence as plain text, for places such as tooltips. */
export const plainText = (text: string): string => text.replaceAll('`', '')

export function Ticked({ text }: { text: string }) {
  return text.split('`').map((part, index) =>
    index % 2 === 1 ? (
      <code key={index} className="rounded-[3px] bg-raise px-1 break-all">
        {part}
      </code>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  )
}
