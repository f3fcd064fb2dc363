import type { ReactNode } from 'react'
import { DropdownMenu as Radix } from 'radix-ui'
import { Check } from 'lucide-react'
import { cx } from './cx.ts'
import { Kbd } from './kbd.tsx'
import { Shape } from './status.tsx'

const item =
  'flex h-8 cursor-pointer items-center gap-2 rounded-[5px] px-2 text-sm outline-none select-none data-highlighted:bg-raise data-disabled:opacity-50'

export function Menu({
  trigger,
  children,
  align = 'end',
  width = 'min-w-48',
  defaultOpen = false,
}: {
  trigger: ReactNode
  children: ReactNode
  align?: 'start' | 'end'
  width?: string
  defaultOpen?: boolean
}) {
  return (
    <Radix.Root modal={false} defaultOpen={defaultOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={5}
          collisionPadding={8}
          className={cx(
            'fm-enter z-50 max-h-[min(var(--radix-dropdown-menu-content-available-height),560px)] overflow-y-auto rounded-float border border-line2 bg-panel p-1 shadow-float',
            width,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export function MenuItem({
  onSelect,
  icon,
  shortcut,
  checked,
  danger,
  disabled,
  stays,
  children,
}: {
  onSelect: () => void
  icon?: ReactNode
  shortcut?: string
  checked?: boolean
  danger?: boolean
  disabled?: boolean
  /** Keeps the menu open, so that several items can be chosen. */
  stays?: boolean
  children: ReactNode
}) {
  const select = (event: Event) => {
    if (stays) event.preventDefault()
    onSelect()
  }
  const inner = (
    <>
      {icon && <span className="text-muted">{icon}</span>}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {checked && <Check size={14} className="text-muted" aria-hidden="true" />}
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </>
  )
  if (checked !== undefined) {
    return (
      <Radix.CheckboxItem
        checked={checked}
        disabled={disabled ?? false}
        onSelect={select}
        className={cx(item, danger && 'text-fail')}
      >
        {inner}
      </Radix.CheckboxItem>
    )
  }
  return (
    <Radix.Item disabled={disabled ?? false} onSelect={select} className={cx(item, danger && 'text-fail')}>
      {inner}
    </Radix.Item>
  )
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Radix.Label className="px-2 pt-2 pb-1 text-xs text-muted">{children}</Radix.Label>
)
export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />

/** The three dots for "more": one path, because every row of a list has them. */
export const Ellipsis = () => <Shape path="M5 12h.01M12 12h.01M19 12h.01" size={16} />
