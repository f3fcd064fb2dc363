// Shows and hides the co-pilot, beside the buttons of the editor's parts.

import { useContext } from 'react'
import { Bot } from 'lucide-react'
import { useStore } from 'zustand'
import { Tip, cx } from '@flowmason/ui'
import { modKey } from '../shell/hotkeys.ts'
import { CopilotContext, type CopilotStore, setOpen } from './copilot-store.ts'

export function CopilotButton() {
  const store = useContext(CopilotContext)
  return store ? <Toggle store={store} /> : null
}

function Toggle({ store }: { store: CopilotStore }) {
  const open = useStore(store, (state) => state.open)
  return (
    <Tip text={open ? 'Hide the co-pilot' : 'Show the co-pilot'} shortcut={`${modKey} J`}>
      <button
        type="button"
        aria-pressed={open}
        onClick={() => setOpen(store, !open)}
        className={cx(
          'flex h-[26px] shrink-0 items-center gap-1.5 rounded-control border border-line2 px-2 text-xs max-sm:h-[34px]',
          open ? 'bg-raise text-text' : 'text-muted hover:text-text',
        )}
      >
        <Bot size={14} aria-hidden="true" />
        Co-pilot
      </button>
    </Tip>
  )
}
