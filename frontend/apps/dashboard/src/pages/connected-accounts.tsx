// The accounts at identity providers that are connected to the user, and those that can be.

import { useState } from 'react'
import { Fingerprint } from 'lucide-react'
import { type ApiProblem, connectAccount } from '@flowmason/graphql'
import { ConnectedAccountsDocument, DisconnectIdentityDocument } from '@flowmason/graphql/account'
import { Ago, Button, ErrorPanel, Loading, Skeleton, loadUntilThere } from '@flowmason/ui'
import { toast } from '@flowmason/ui/toast'
import { ssoProblem } from '../lib/sso-words.ts'
import { useAnswer } from '../lib/use-answer.ts'
import { useChange } from '../lib/use-change.ts'

/** Why connecting failed at the provider, from which the browser has just come back. */
function refusedByProvider(): ApiProblem | undefined {
  const word = new URLSearchParams(location.search).get('connecting')
  return word ? ssoProblem(word) : undefined
}

/** `locked`: this session cannot change them. */
export function ConnectedAccounts({ locked = false }: { locked?: boolean }) {
  const { data, problem, refetch } = useAnswer(ConnectedAccountsDocument, {})
  const disconnect = useChange(DisconnectIdentityDocument)
  const [refused, setRefused] = useState<ApiProblem | undefined>(refusedByProvider)
  if (problem) return <ErrorPanel title="The accounts could not be loaded" problem={problem} onRetry={refetch} />
  if (!data)
    return (
      <Loading label="Loading the connected accounts">
        <Skeleton className="h-8 rounded-control" />
      </Loading>
    )
  const connect = async (key: string) => {
    setRefused(undefined)
    let answer = await connectAccount(key, '/settings')
    if (!answer.ok && answer.code === 'STEP_UP_REQUIRED') {
      const { askForProof } = await loadUntilThere(() => import('../step-up/ask.tsx'))
      if (await askForProof()) answer = await connectAccount(key, '/settings')
    }
    if (answer.ok) location.assign(answer.body.url)
    else setRefused({ message: answer.message, code: answer.code, requestId: answer.requestId })
  }
  const remove = async (id: string) => {
    if (!(await disconnect.run({ input: { id } }))) return
    toast('The account is disconnected.')
    refetch()
  }
  const { externalIdentities: accounts, connectableProviders: providers } = data
  return (
    <div className="flex flex-col gap-3">
      {accounts.length === 0 ? (
        <p className="text-muted">None.</p>
      ) : (
        <ul aria-label="Connected accounts" className="divide-y divide-line">
          {accounts.map((account) => (
            <li key={account.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{account.subject}</p>
                <p className="text-xs break-words text-muted">
                  {account.issuer} · last used <Ago at={account.lastUsedAt} />
                </p>
              </div>
              {!locked && (
                <Button
                  variant="quiet"
                  busy={disconnect.busy}
                  aria-label={`Disconnect ${account.subject}`}
                  onClick={() => void remove(account.id)}
                >
                  Disconnect
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!locked && providers.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {providers.map((provider) => (
            <Button
              key={provider.key}
              icon={<Fingerprint size={14} aria-hidden="true" />}
              onClick={() => void connect(provider.key)}
            >
              Connect {provider.name}
            </Button>
          ))}
        </div>
      )}
      {refused && <ErrorPanel title="The account was not connected" problem={refused} />}
    </div>
  )
}
