// Sentences of the program: messages, reasons, descriptions. What stands between backticks is code, and the backticks
// themselves are never shown. Whatever comes from the server as a sentence is drawn with this.

import { Fragment } from 'react'

/** The same sentence where only a text can stand, as in a tooltip. */
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
