// The library behind `toast.tsx`, loaded by it.

import { useEffect } from 'react'
import { Toaster as Sonner, toast } from 'sonner'
import { useTheme } from './theme.ts'

export type Shown = typeof toast
export interface ToasterProps {
  onStands: (shown: Shown) => void
}

/** Reports when its live region is mounted: an earlier toast would not be read out. */
export function Toaster({ onStands }: ToasterProps) {
  const theme = useTheme()
  useEffect(() => {
    const frame = requestAnimationFrame(() => onStands(toast))
    return () => cancelAnimationFrame(frame)
  }, [onStands])
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
          content: 'min-w-0 flex-1',
          actionButton:
            'h-7 shrink-0 rounded-control border border-line2 bg-panel px-2.5 font-medium hover:bg-raise order-last',
          error: '[&_[data-icon]]:text-fail',
        },
      }}
    />
  )
}
