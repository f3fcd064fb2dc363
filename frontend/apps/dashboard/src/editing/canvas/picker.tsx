// A list to choose from, with a field that searches it. The keys are enough: type, arrows, Enter.

import { type ReactNode, useState } from 'react'
import { Command } from 'cmdk'
import { Ticked } from '@flowmason/ui'

export interface PickerRow {
  id: string
  icon?: ReactNode
  name: string
  detail?: string | undefined
  /** Why it cannot be chosen. */
  refused?: string | undefined
}

/** More are found by typing. */
const MOST_ROWS = 100

export function Picker({
  label,
  placeholder,
  rows,
  onPick,
  onClose,
}: {
  label: string
  placeholder: string
  /** What is offered for what was typed, best first. */
  rows: (search: string) => readonly PickerRow[]
  onPick: (id: string) => void
  onClose: () => void
}) {
  const [search, setSearch] = useState('')
  const [refused, setRefused] = useState<string>()
  const found = rows(search)
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label={label}
      shouldFilter={false}
      overlayClassName="fixed inset-0 z-40 bg-[var(--scrim)]"
      contentClassName="fm-enter fixed top-[14vh] left-1/2 z-50 w-[min(480px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-float border border-line2 bg-panel shadow-float"
    >
      <Command.Input
        value={search}
        onValueChange={(text) => {
          setSearch(text)
          setRefused(undefined)
        }}
        placeholder={placeholder}
        className="h-11 w-full border-b border-line bg-transparent px-4 outline-none"
      />
      {refused && (
        <p role="alert" className="border-b border-line px-4 py-2 text-xs text-fail">
          <Ticked text={refused} />
        </p>
      )}
      <Command.List label={label} className="max-h-[min(56vh,420px)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-6 text-center text-muted">
          {search === '' ? 'There is nothing to choose from.' : `Nothing matches “${search}”.`}
        </Command.Empty>
        {found.slice(0, MOST_ROWS).map((row) => (
          <Command.Item
            key={row.id}
            value={row.id}
            onSelect={() => (row.refused === undefined ? onPick(row.id) : setRefused(row.refused))}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-[5px] px-2.5 py-1 data-[selected=true]:bg-raise [&>svg]:shrink-0 [&>svg]:text-muted"
          >
            {row.icon}
            <span className="min-w-0 flex-1">
              <span className={row.refused === undefined ? 'block truncate font-medium' : 'block truncate text-muted'}>
                {row.name}
              </span>
              {(row.refused ?? row.detail) && (
                <span className="block truncate text-xs text-muted">
                  <Ticked text={row.refused ?? row.detail ?? ''} />
                </span>
              )}
            </span>
          </Command.Item>
        ))}
        {found.length > MOST_ROWS && (
          <p className="px-2.5 py-2 text-xs text-muted">{found.length - MOST_ROWS} more. Type to find them.</p>
        )}
      </Command.List>
    </Command.Dialog>
  )
}
