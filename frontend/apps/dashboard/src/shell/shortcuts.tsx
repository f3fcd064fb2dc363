import { Fragment } from 'react'
import { Dialog, Kbd } from '@flowmason/ui'
import { type Command, commandTable } from '../editing/canvas/commands.ts'
import { modKey } from './hotkeys.ts'

type Row = [keys: string, what: string]

const keysOf = (...wanted: Command[]): Row[] =>
  wanted.map((command) => {
    const [key, words] = commandTable[command]
    return [key, words]
  })

export const groups: [string, Row[]][] = [
  [
    'Everywhere',
    [
      [`${modKey} K`, 'Find anything'],
      ['/', 'Find anything'],
      ['g h', 'Home'],
      ['g p', 'Pipelines'],
      ['g r', 'Runs'],
      ['g c', 'Components'],
      ['g s', 'Settings'],
      ['?', 'Keyboard shortcuts'],
    ],
  ],
  [
    'Lists',
    [
      ['j', 'Next row'],
      ['k', 'Previous row'],
      ['Enter', 'Open the row'],
      ['x', 'Select the run'],
    ],
  ],
  [
    'Canvas',
    [
      ['← → ↑ ↓', 'Next stage in that direction'],
      ['Enter', 'Open the stage'],
      ['Esc', 'Return to the stage'],
    ],
  ],
  [
    'Canvas of the editor',
    [
      ...keysOf('add', 'addInside', 'connect', 'disconnect', 'rename', 'move'),
      ['Shift Enter', 'Select one more stage'],
      ...keysOf('selectAll'),
      [`${modKey} C`, 'Copy as JSON'],
      [`${modKey} V`, 'Paste stages'],
      ...keysOf('duplicate', 'remove', 'find'),
      ['Alt ← → ↑ ↓', 'Move the stage or the note'],
      ['Alt Shift ←', 'Move it further'],
      ...keysOf('align', 'alignLeft', 'alignCenter', 'alignTop', 'distributeAcross', 'distributeDown'),
      ...keysOf('tidy', 'fold', 'foldAll', 'note'),
      ['1 – 5', 'Color of the note'],
      ...keysOf('undo', 'run', 'runOnly'),
      ['F6', 'Next part of the editor'],
      [`${modKey} J`, 'Show or hide the co-pilot'],
    ],
  ],
  [
    'Pipeline',
    [
      ['r', 'Run'],
      ['e', 'Edit the source'],
      ['Esc', 'Close the inspector'],
    ],
  ],
  [
    'Comparison',
    [
      ['j', 'Next change'],
      ['k', 'Previous change'],
      ['s', 'Swap the versions'],
      ['Esc', 'Clear the selection'],
    ],
  ],
  [
    'Run',
    [
      ['c', 'Cancel, after a confirmation'],
      ['r', 'Run again (finished runs)'],
      ['f', 'Next failure'],
      ['l', 'Back to live'],
      ['Esc', 'Close the inspector'],
    ],
  ],
]

export function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      wide
      reading
      open={open}
      onOpenChange={onOpenChange}
      title="Keyboard shortcuts"
      description="Single keys do nothing while you type or while a dialog is open."
    >
      <div className="-mb-5 gap-x-8 sm:columns-2">
        {groups.map(([name, keys]) => (
          <section key={name} className="mb-5 break-inside-avoid">
            <h3 className="mb-1.5 text-xs text-muted">{name}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key} className="flex h-7 items-center justify-between gap-3">
                  <dt className="order-2 flex shrink-0 items-center gap-1 text-xs text-muted">
                    <span className="sr-only">{key}</span>
                    {key.split(' ').map((each, index) => (
                      <Fragment key={each}>
                        {index > 0 && key.startsWith('g ') && <span aria-hidden="true">then</span>}
                        <Kbd>{each.length === 1 ? each.toUpperCase() : each}</Kbd>
                      </Fragment>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
