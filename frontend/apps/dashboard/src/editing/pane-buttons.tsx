// The buttons that show and hide the parts of the editor, and the key that goes from one to the next.

import { useEffect } from 'react'
import { cx } from '@flowmason/ui'
import { type Panes, panes as all } from './use-panes.ts'

const words = { canvas: 'Canvas', form: 'Form', text: 'Text' } as const

export const PaneButtons = ({ panes: { shown, toggle } }: { panes: Panes }) => (
  <div role="group" aria-label="Parts of the editor" className="flex shrink-0 rounded-control border border-line2 p-px">
    {all.map((pane) => (
      <button
        key={pane}
        type="button"
        aria-pressed={shown.includes(pane)}
        onClick={() => toggle(pane)}
        className={cx(
          'h-6 rounded-[5px] px-2 text-xs max-sm:h-8',
          shown.includes(pane) ? 'bg-raise text-text' : 'text-muted hover:text-text',
        )}
      >
        {words[pane]}
      </button>
    ))}
  </div>
)

const FIRST = '.cm-content, input, select, textarea, button:not(:disabled)'

/** F6 moves the focus to the next part that is shown, and Shift and F6 to the one before. */
export function usePaneKey() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F6' || event.defaultPrevented || document.querySelector('[role=dialog],[role=menu]')) return
      const shown = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.offsetWidth > 0)
      if (shown.length === 0) return
      event.preventDefault()
      const now = shown.findIndex((pane) => pane.contains(document.activeElement))
      const next = shown.at((now + (event.shiftKey ? -1 : 1)) % shown.length)
      const card = next?.querySelector<HTMLElement>('[data-stage][tabindex="0"]')
      ;(card ?? next?.querySelector<HTMLElement>(FIRST))?.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
