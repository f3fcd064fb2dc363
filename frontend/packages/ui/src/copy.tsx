import { useEffect, useState } from 'react'
import { Check, Copy as CopyIcon } from 'lucide-react'
import { cx } from './cx.ts'
import { Tip } from './tip.tsx'

/** A button that copies a text; a check mark confirms. */
export function Copy({
  text,
  label = 'Copy',
  tipSide,
  onCopied,
  onFailed,
  className,
}: {
  /** The text, or a function called on click; it may return a promise if the text must be fetched first. */
  text: string | (() => string | Promise<string>)
  label?: string
  /** Buttons in a column have their tips beside them, so that none lies on the next button. */
  tipSide?: 'left' | 'right'
  /** Called once the text is in the clipboard. */
  onCopied?: () => void
  /** Called if the text could not be loaded, or the browser denies access to the clipboard. */
  onFailed?: (reason: unknown) => void
  className?: string
}) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1400)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <Tip text={done ? 'Copied' : label} {...(tipSide && { side: tipSide })}>
      <button
        type="button"
        aria-label={label}
        className={cx(
          'inline-flex size-6 shrink-0 items-center justify-center rounded-control text-muted hover:bg-raise hover:text-text',
          className,
        )}
        onClick={(event) => {
          event.stopPropagation()
          void Promise.resolve(typeof text === 'function' ? text() : text)
            .then((copied) => navigator.clipboard.writeText(copied))
            .then(() => {
              setDone(true)
              onCopied?.()
            })
            .catch((reason: unknown) => onFailed?.(reason))
        }}
      >
        {done ? <Check size={13} className="text-ok" aria-hidden="true" /> : <CopyIcon size={13} aria-hidden="true" />}
      </button>
    </Tip>
  )
}

/** A long id, shortened in the middle; the tooltip and the copy have the whole id. */
export function Id({ id, copy = true, className }: { id: string; copy?: boolean; className?: string }) {
  return (
    <span className={cx('inline-flex min-w-0 items-center gap-0.5', className)}>
      <Tip text={id}>
        <span className="truncate font-mono text-xs">{shortId(id)}</span>
      </Tip>
      {copy && <Copy text={id} label="Copy the id" />}
    </span>
  )
}

/** `run_01k9x4…7qdm`: enough at both ends to recognize it. */
export function shortId(id: string): string {
  const [prefix, rest] = id.includes('_') ? [id.slice(0, id.indexOf('_') + 1), id.slice(id.indexOf('_') + 1)] : ['', id]
  return rest.length <= 12 ? id : `${prefix}${rest.slice(0, 6)}…${rest.slice(-4)}`
}
