// On a phone, the inspector is a bottom sheet. Loaded after the page.

import type { ReactNode } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { IconButton } from '@flowmason/ui'

export function PhoneSheet({ title, children, onClose }: { title: string; children: ReactNode; onClose: () => void }) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[var(--scrim)]" />
        <Radix.Content
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault()
            ;(event.currentTarget as HTMLElement).focus()
          }}
          className="fm-sheet fixed inset-x-0 bottom-0 z-50 flex h-[72dvh] flex-col rounded-t-phone border-t border-line2 bg-panel outline-none"
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          <Radix.Close asChild>
            <IconButton label="Close" className="absolute top-2.5 right-2.5 z-10">
              <X size={16} aria-hidden="true" />
            </IconButton>
          </Radix.Close>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
