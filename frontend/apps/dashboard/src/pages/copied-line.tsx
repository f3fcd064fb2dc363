// A text to copy to another product, with its name.

import { Copy } from '@flowmason/ui'

interface Props {
  /** What it is called there. */
  name?: string
  /** What is shown. */
  text: string
  /** What is copied, if it is something else. */
  value?: string
  /** What the button does. */
  copy: string
}

export const CopiedLine = ({ name, text, value = text, copy }: Props) => (
  <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk px-2.5 py-1.5">
    <div className="min-w-0 flex-1 text-xs">
      {name && <span className="block text-muted">{name}</span>}
      <code className="break-all">{text}</code>
    </div>
    <Copy text={value} label={copy} />
  </div>
)
