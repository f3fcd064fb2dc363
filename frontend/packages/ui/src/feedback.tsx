// The empty, loading and error states of panels.

import { Component, type ErrorInfo, type ReactNode } from 'react'
import { RefreshCw, TriangleAlert } from 'lucide-react'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import { cx } from './cx.ts'
import { Ticked } from './ticked.tsx'

/** A gray placeholder for content that is loading; invisible for the first 150 ms. */
export function Skeleton({ className }: { className?: string }) {
  return <span className={cx('fm-late block rounded-[4px] bg-raise', className)} aria-hidden="true" />
}

/** Skeletons with words for screen readers. The words are text because a live region announces its text and not its
 * name; they come first because a divided list draws no line below what has no border. */
export function Loading({ label, children, className }: { label: string; children: ReactNode; className?: string }) {
  return (
    <div role="status" className={cx('relative', className)}>
      <span className="sr-only">{label}</span>
      {children}
    </div>
  )
}

export function Empty({
  icon,
  title,
  children,
  action,
  className,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  return (
    <div className={cx('flex flex-col items-center justify-center gap-2 px-6 py-12 text-center', className)}>
      {icon && <div className="text-muted">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-96 text-balance text-muted">{children}</div>}
      {action && <div className="mt-2 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}

export interface Problem {
  message: string
  code?: string | undefined
  requestId?: string | undefined
}

/** The codes worth reporting; every other code is a refusal whose message says everything. */
const TO_REPORT = /^(INTERNAL|UNAVAILABLE|JOURNAL_FAILED|PANEL_STOPPED|HTTP_5\d\d)$/

export const isToReport = (code: string | undefined): boolean => code !== undefined && TO_REPORT.test(code)

/** Says what happened and offers a next step; shows the code and the request id only for errors worth reporting. */
export function ErrorPanel({
  title,
  problem,
  onRetry,
  action,
  className,
}: {
  title: string
  problem: Problem
  onRetry?: (() => void) | undefined
  action?: ReactNode
  className?: string
}) {
  return (
    <div
      role="alert"
      className={cx('flex items-start gap-3 rounded-float border border-line2 bg-panel p-4', className)}
    >
      <TriangleAlert size={16} className="mt-0.5 shrink-0 text-fail" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        {problem.message !== title && (
          <p className="break-words text-muted">
            <Ticked text={problem.message} />
          </p>
        )}
        {isToReport(problem.code) && (
          <p className="mt-1 flex flex-wrap items-center gap-x-2 font-mono text-xs text-muted">
            {problem.code && <span>{problem.code}</span>}
            {problem.requestId && <span className="break-all">request {problem.requestId}</span>}
            <Copy
              text={[problem.code, problem.message, problem.requestId].filter(Boolean).join(' · ')}
              label="Copy the error"
            />
          </p>
        )}
        {(onRetry || action) && (
          <div className="mt-3 flex flex-wrap gap-2">
            {onRetry && (
              <Button onClick={onRetry} icon={<RefreshCw size={14} aria-hidden="true" />}>
                Try again
              </Button>
            )}
            {action}
          </div>
        )}
      </div>
    </div>
  )
}

/** An error boundary: keeps one broken panel from breaking the page. */
export class Boundary extends Component<{ name: string; children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(`The panel "${this.props.name}" stopped.`, error, info.componentStack)
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <div className="p-4">
        <ErrorPanel
          title={`${this.props.name} could not be displayed`}
          problem={{ message: error.message, code: 'PANEL_STOPPED' }}
          onRetry={() => this.setState({ error: null })}
        />
      </div>
    )
  }
}

/** A plain box with a colored icon: a note or a warning. */
export function Note({
  icon,
  tone = 'muted',
  children,
  className,
}: {
  icon: ReactNode
  tone?: 'muted' | 'ok' | 'fail' | 'wait' | 'run'
  children: ReactNode
  className?: string
}) {
  const colour = { muted: 'text-muted', ok: 'text-ok', fail: 'text-fail', wait: 'text-wait', run: 'text-run' }[tone]
  return (
    <div className={cx('flex gap-2.5 rounded-control border border-line bg-sunk px-3 py-2.5', className)}>
      <span className={cx('mt-0.5 shrink-0', colour)}>{icon}</span>
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  )
}
