import { Dialog, Kbd } from '@flowmason/ui'
import { modKey } from './hotkeys.ts'

const groups: [string, [keys: string, what: string][]][] = [
  [
    'Everywhere',
    [
      [`${modKey} K`, 'Find anything'],
      ['g h', 'Home'],
      ['g p', 'Pipelines'],
      ['g r', 'Runs'],
      ['g s', 'Settings'],
      ['?', 'This sheet'],
    ],
  ],
  [
    'Lists',
    [
      ['j', 'Next row'],
      ['k', 'Row before'],
      ['Enter', 'Open the row'],
    ],
  ],
  [
    'Canvas',
    [
      ['← → ↑ ↓', 'Next stage on that side'],
      ['Enter', 'Open the stage'],
      ['Esc', 'Back to the stage'],
    ],
  ],
  [
    'Pipeline',
    [
      ['r', 'Run'],
      ['Esc', 'Close the inspector'],
    ],
  ],
  [
    'Run',
    [
      ['c', 'Cancel'],
      ['r', 'Run again, once it is finished'],
      ['f', 'Next failure'],
      ['l', 'Back to live'],
      ['Esc', 'Close the inspector'],
    ],
  ],
]

export function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard" description="No key fires while you type.">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {groups.map(([name, keys]) => (
          <section key={name}>
            <h3 className="mb-1.5 text-xs text-muted">{name}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key} className="flex h-7 items-center justify-between gap-3">
                  <dt className="order-2 flex gap-1">
                    <span className="sr-only">{key}</span>
                    {key.split(' ').map((each) => (
                      <Kbd key={each}>{each}</Kbd>
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
