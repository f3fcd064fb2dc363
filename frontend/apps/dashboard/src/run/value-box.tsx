// A value as it is best read: a text as text, an object with one main text as that text with its other
// fields beneath, anything else as a tree.

import { type ReactNode, useState } from 'react'
import { Copy, JsonView } from '@flowmason/ui'

const MAIN = ['content', 'text', 'result', 'markdown', 'message']

function mainText(value: unknown): { field: string; text: string; rest: Record<string, unknown> } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields = value as Record<string, unknown>
  for (const field of MAIN) {
    const text = fields[field]
    if (typeof text !== 'string' || text.length < 24) continue
    const { [field]: _, ...rest } = fields
    return { field, text, rest }
  }
  return undefined
}

export function ValueBox({ title, value, aside }: { title: string; value: unknown; aside?: ReactNode }) {
  const [raw, setRaw] = useState(false)
  const text = typeof value === 'string' ? { field: title, text: value, rest: {} } : mainText(value)
  const others = text && Object.keys(text.rest).length > 0
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex min-h-6 items-center gap-2 text-xs text-muted">
        <span className="flex-1 truncate">{text && !raw ? text.field : title}</span>
        {aside}
        {text && typeof value !== 'string' && (
          <button type="button" onClick={() => setRaw(!raw)} className="hover:text-text">
            {raw ? 'as text' : 'as JSON'}
          </button>
        )}
        <Copy
          text={() => (text && !raw ? text.text : JSON.stringify(value, null, 2))}
          label={text && !raw ? 'Copy the text' : 'Copy as JSON'}
        />
      </div>
      {text && !raw ? (
        <>
          <div className="rounded-control border border-line2 bg-sunk px-3 py-2.5 break-words whitespace-pre-wrap">
            {text.text || <span className="text-muted">(empty)</span>}
          </div>
          {others && (
            <div className="rounded-control border border-line2 bg-sunk p-2.5">
              <JsonView value={text.rest} />
            </div>
          )}
        </>
      ) : (
        <div className="rounded-control border border-line2 bg-sunk p-2.5">
          <JsonView value={value} />
        </div>
      )}
    </div>
  )
}
