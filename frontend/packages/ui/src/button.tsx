// Buttons are neutral; the primary one inverts the text color.

import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { cx } from './cx.ts'
import { Kbd } from './kbd.tsx'
import { LOADER, Shape } from './status.tsx'
import { Tip } from './tip.tsx'

type Variant = 'primary' | 'plain' | 'quiet' | 'danger'

const variants: Record<Variant, string> = {
  primary: 'bg-text text-bg border-transparent hover:opacity-90',
  plain: 'bg-panel border-line2 text-text hover:bg-raise',
  quiet: 'border-transparent text-muted hover:bg-raise hover:text-text',
  danger: 'bg-panel border-line2 text-fail hover:bg-fail-soft',
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant
  busy?: boolean
  icon?: ReactNode
  shortcut?: string
  large?: boolean
  ref?: Ref<HTMLButtonElement>
}

export function Button({
  variant = 'plain',
  busy = false,
  icon,
  shortcut,
  large,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(
        'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control border font-medium whitespace-nowrap transition-colors duration-120',
        large ? 'h-9 px-4' : 'h-7 px-2.5 max-sm:h-8',
        'disabled:cursor-not-allowed disabled:opacity-55',
        variants[variant],
        className,
      )}
      {...rest}
    >
      {busy ? <Shape path={LOADER} size={14} className="fm-spin" /> : icon}
      {children}
      {shortcut && <Kbd className="ml-0.5 max-md:hidden">{shortcut}</Kbd>}
    </button>
  )
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string
  shortcut?: string
  ref?: Ref<HTMLButtonElement>
}

/** A button with only an icon; its label is the tooltip and the accessible name. */
export function IconButton({ label, shortcut, className, children, type = 'button', ...rest }: IconButtonProps) {
  return (
    <Tip text={label} shortcut={shortcut}>
      <button
        type={type}
        aria-label={label}
        className={cx(
          'inline-flex size-7 shrink-0 items-center justify-center rounded-control text-muted hover:bg-raise hover:text-text disabled:opacity-50',
          className,
        )}
        {...rest}
      >
        {children}
      </button>
    </Tip>
  )
}
