// The whole dashboard, begun by main.tsx once its libraries are there.

import { startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from '@tanstack/react-router'
import { Provider } from 'urql'
import { Boundary, TipProvider, watchSystemTheme } from '@flowmason/ui'
import { Toasts } from '@flowmason/ui/toast'
import { api } from './api.ts'
import { preventStrayDrops } from './lib/stray-drops.ts'
import { router } from './router.tsx'

/** Which page the address means, before anything is drawn; what is wrong with it is said by the page. */
export const openAddress = () => router.load().catch(() => {})

export function begin(root: HTMLElement) {
  watchSystemTheme()
  preventStrayDrops()
  // In slices from the first element on.
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
