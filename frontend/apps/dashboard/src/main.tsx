import './app.css'
import { Suspense, lazy } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from '@tanstack/react-router'
import { Provider } from 'urql'
import { TipProvider, watchSystemTheme } from '@flowmason/ui'
import { api } from './api.ts'
import { router } from './router.tsx'

const Toaster = lazy(() => import('@flowmason/ui/toast').then((module) => ({ default: module.Toaster })))

watchSystemTheme()

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <Provider value={api.client}>
      <TipProvider>
        <RouterProvider router={router} />
        <Suspense fallback={null}>
          <Toaster />
        </Suspense>
      </TipProvider>
    </Provider>,
  )
}
