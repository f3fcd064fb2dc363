// Reports unknown filters in the URL, and removes them on request.

import { TriangleAlert } from 'lucide-react'
import { Button, Note } from '@flowmason/ui'
import type { UnknownFilter } from '../lib/run-search.ts'

export function UnknownFilters({ unknown, onClear }: { unknown: readonly UnknownFilter[]; onClear: () => void }) {
  if (unknown.length === 0) return null
  return (
    <div role="status" className="pb-3">
      <Note tone="wait" icon={<TriangleAlert size={14} aria-hidden="true" />}>
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
          <div className="min-w-0 flex-1 basis-72">
            <p>Part of this URL is not a valid run filter and was ignored:</p>
            <ul className="text-muted">
              {unknown.map(({ name, value, allowed }) => (
                <li key={name} className="[overflow-wrap:anywhere]">
                  <code className="text-text">
                    {name}={value}
                  </code>
                  {allowed && <> – allowed: {allowed}</>}
                </li>
              ))}
            </ul>
          </div>
          <Button onClick={onClear}>Remove it from the URL</Button>
        </div>
      </Note>
    </div>
  )
}
