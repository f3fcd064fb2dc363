// Marks on the canvas what a piece of the co-pilot would change, and lets the panel select stages there.

import { useContext, useEffect } from 'react'
import type { EditStore } from '@flowmason/pipeline-canvas'
import { CopilotContext } from './copilot-store.ts'

export function useCopilotCanvas(edit: EditStore, select: (stage: string) => void) {
  const store = useContext(CopilotContext)
  useEffect(() => {
    if (!store) return
    const show = () => {
      const { pointed } = store.getState()
      if (edit.getState().pointed !== pointed) edit.setState({ pointed })
    }
    show()
    return store.subscribe(show)
  }, [store, edit])
  useEffect(() => store?.setState({ select }), [store, select])
}
