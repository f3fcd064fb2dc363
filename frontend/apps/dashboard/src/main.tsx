import './app.css'
import { startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from '@tanstack/react-router'
import { Provider } from 'urql'
import { Boundary, TipProvider, watchSystemTheme } from '@flowmason/ui'
import { Toasts } from '@flowmason/ui/toast'
import { api } from './api.ts'
import { preventStrayDrops } from './lib/files.ts'
import { router } from './router.tsx'

watchSystemTheme()
preventStrayDrops()

const root = document.getElementById('root')
if (root) {
  // In slices from the first element on.
  const page = (
    <Provider value={api.client}>
      <TipProvider>
        <Boundary name="The dashboard">
          <RouterProvider router={router} />
        </Boundary>
        <Toasts />
      </TipProvider>
    </Provider>
  )
  startTransition(() => createRoot(root).render(page))
}
