// Short notes in the corner. Its own entry (`@flowmason/ui/toast`), so that the first load does not carry it.

import { Toaster as Sonner } from 'sonner'
import { useTheme } from './theme.ts'

export { toast } from 'sonner'

export function Toaster() {
  const theme = useTheme()
  return (
    <Sonner
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
  )
}
