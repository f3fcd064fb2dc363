import './app.css'
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
  createRoot(root).render(
    <Provider value={api.client}>
      <TipProvider>
        <Boundary name="The dashboard">
          <RouterProvider router={router} />
        </Boundary>
        <Toasts />
      </TipProvider>
    </Provider>,
  )
}
