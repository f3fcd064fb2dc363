import type { ReactNode } from 'react'
import { Dialog as Radix } from 'radix-ui'
import { X } from 'lucide-react'
import { cx } from './cx.ts'
import { IconButton } from './button.tsx'

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** One sentence below the title, announced by screen readers on opening. */
  description?: ReactNode
  wide?: boolean
  /** For a dialog without fields: makes the text focusable, so that keys scroll it. */
  reading?: boolean
  footer?: ReactNode
  children: ReactNode
}

/** The element marked `data-autofocus`, else the first field (not the close button), else the dialog itself. */
export function focusFirstField(event: Event) {
  event.preventDefault()
  const content = event.currentTarget as HTMLElement
  const field =
    content.querySelector<HTMLElement>('[data-autofocus]') ??
    content.querySelector<HTMLElement>('input:not([type=hidden]), textarea, select')
  ;(field ?? content).focus()
}

/** A modal dialog; a bottom sheet on a phone. On closing, the focus returns to where it was. */
export function Dialog({ open, onOpenChange, title, description, wide, reading, footer, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        {/* Above the dialog that is open already, if there is one: the newer one comes later in the page. */}
        <Radix.Overlay className="fixed inset-0 z-50 bg-[var(--scrim)]" />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cx(
            'fixed z-50 flex flex-col border-line2 bg-panel shadow-float outline-none',
            'max-sm:fm-sheet max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:rounded-t-phone max-sm:border-t',
            'sm:fm-enter sm:top-[12vh] sm:left-1/2 sm:max-h-[76vh] sm:-translate-x-1/2 sm:rounded-float sm:border',
            wide ? 'sm:w-[min(680px,calc(100vw-32px))]' : 'sm:w-[min(460px,calc(100vw-32px))]',
          )}
        >
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="title truncate">{title}</Radix.Title>
              {description && (
                <Radix.Description asChild>
                  <div className="text-xs text-muted">{description}</div>
                </Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" shortcut="Esc" className="-mr-1.5">
                <X size={16} aria-hidden="true" />
              </IconButton>
            </Radix.Close>
          </header>
          <div
            {...(reading ? { tabIndex: 0 } : {})}
            className="min-h-0 flex-1 overflow-y-auto p-4 focus-visible:-outline-offset-2"
          >
            {children}
          </div>
          {footer && (
            <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
