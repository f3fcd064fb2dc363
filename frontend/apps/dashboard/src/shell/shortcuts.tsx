import { Fragment } from 'react'
import { Dialog, Kbd } from '@flowmason/ui'
import { modKey } from './hotkeys.ts'

export const groups: [string, [keys: string, what: string][]][] = [
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
      ['/', 'Add a stage'],
      ['i', 'Add a stage inside'],
      ['c', 'Connect the stage'],
      ['Shift C', 'Disconnect the stage'],
      ['F2', 'Rename the stage'],
      ['m', 'Move into a control stage'],
      ['Shift Enter', 'Select one more stage'],
      [`${modKey} A`, 'Select all stages'],
      [`${modKey} C`, 'Copy as JSON'],
      [`${modKey} V`, 'Paste stages'],
      [`${modKey} D`, 'Duplicate'],
      ['Del', 'Remove'],
      [`${modKey} F`, 'Find a stage'],
      ['Alt ← → ↑ ↓', 'Move the stage or the note'],
      ['Alt Shift ←', 'Move it further'],
      ['a', 'Align or distribute the selected'],
      ['Shift L', 'Align left'],
      ['Shift E', 'Align centres'],
      ['Shift T', 'Align top'],
      ['Shift H', 'Distribute across'],
      ['Shift V', 'Distribute down'],
      ['t', 'Tidy up'],
      ['f', 'Fold or unfold the group'],
      ['Shift F', 'Fold or unfold all groups'],
      ['n', 'Add a note'],
      ['1 – 5', 'Color of the note'],
      [`${modKey} Z`, 'Undo'],
      ['Shift R', 'Run the draft'],
      [`${modKey} Enter`, 'Run only this stage'],
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
