// Shows a secret of which the server keeps only the hash, so that it cannot be shown again.

import type { ReactNode } from 'react'
import { Copy } from '@flowmason/ui'
import { OnceDialog } from './once-dialog.tsx'

interface Props {
  title: string
  /** The key or link. */
  secret: string
  /** What the button that copies the secret does. */
  copy: string
  /** The button that closes the dialog, such as "I have saved it". */
  done: string
  testId: string
  onClose: () => void
  /** That it is shown only now, and what to do with it. */
  children: ReactNode
}

export const SecretDialog = ({ title, secret, copy, done, testId, onClose, children }: Props) => (
  <OnceDialog title={title} done={done} onClose={onClose}>
    {(onCopied) => (
      <>
        <p className="mb-3">{children}</p>
        <div className="flex items-center gap-2 rounded-control border border-line2 bg-sunk py-1.5 pr-1.5 pl-3">
          <code className="min-w-0 flex-1 break-all" data-testid={testId}>
            {secret}
          </code>
          <Copy text={secret} label={copy} onCopied={onCopied} />
        </div>
      </>
    )}
  </OnceDialog>
)
