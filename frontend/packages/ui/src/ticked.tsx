import { Fragment } from 'react'

/** A sentence of the program: what stands between backticks is code. */
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
