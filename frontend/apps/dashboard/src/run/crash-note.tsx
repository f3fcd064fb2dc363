// What happens to a stage if the worker that runs it dies now.

import type { ReactNode } from 'react'
import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { Note } from '@flowmason/ui'
import { useComponent } from '../pipeline/docs.tsx'

export function CrashNote({ component, status }: { component: string; status: string }) {
  const { found } = useComponent(component)
  if (!found) return null
  const words: Record<typeof found.effect, ReactNode> = {
    PURE: 'The stage is computed again. Nothing is lost.',
    READ: 'The stage reads again. Nothing is lost and nothing is sent.',
    CALL: 'The call may be repeated and is metered once more. Only the model provider has received anything.',
    EFFECT: 'The request is sent again with the same idempotency key, so the receiver can recognize it.',
  }
  const safe = found.effect === 'PURE' || found.effect === 'READ'
  const Icon = found.effect === 'EFFECT' ? ShieldAlert : ShieldCheck
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-xs text-muted">If this worker dies now</h3>
      <Note tone={safe || found.effect === 'CALL' ? 'ok' : 'wait'} icon={<Icon size={15} aria-hidden="true" />}>
        {status === 'waiting'
          ? 'The due time is in the journal: another worker continues the stage then.'
          : status === 'queued'
            ? 'The stage has not started. Another worker starts it.'
            : words[found.effect]}
      </Note>
    </section>
  )
}
