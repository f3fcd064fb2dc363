// The whole dashboard, started by main.tsx once its libraries are loaded.

import { startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from '@tanstack/react-router'
import { Provider } from 'urql'
import { Boundary, TipProvider, reloadIfRestored, watchSystemTheme } from '@flowmason/ui'
import { Toasts } from '@flowmason/ui/toast'
import { api } from './api.ts'
import { preventStrayDrops } from './lib/stray-drops.ts'
import { router } from './router.tsx'

/** Resolves the URL to a page before the first render; the page itself reports errors. */
export const openAddress = () => router.load().catch(() => {})

export function begin(root: HTMLElement) {
  watchSystemTheme()
  preventStrayDrops()
  reloadIfRestored()
  // Rendered in slices from the first element.
  startTransition(() =>
    createRoot(root).render(
      <Provider value={api.client}>
        <TipProvider>
          <Boundary name="The dashboard">
            <RouterProvider router={router} />
          </Boundary>
          <Toasts />
        </TipProvider>
      </Provider>,
    ),
  )
}
