import './app.css'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from '@tanstack/react-router'
import { Provider } from 'urql'
import { TipProvider, Toaster, useTheme, watchSystemTheme } from '@flowmason/ui'
import { api } from './api.ts'
import { router } from './router.tsx'

watchSystemTheme()

function App() {
  const theme = useTheme()
  return (
    <Provider value={api.client}>
      <TipProvider>
        <RouterProvider router={router} />
        <Toaster
          position="bottom-right"
          theme={theme === 'contrast' ? 'dark' : theme}
          toastOptions={{
            unstyled: true,
            classNames: {
              toast:
                'flex w-full items-start gap-2.5 rounded-float border border-line2 bg-panel px-3.5 py-3 text-sm text-text shadow-float font-sans',
              title: 'font-medium break-words',
              description: 'font-mono text-xs text-muted break-all',
              error: '[&_[data-icon]]:text-fail',
            },
          }}
        />
      </TipProvider>
    </Provider>
  )
}

const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
