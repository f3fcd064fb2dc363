// Buttons of identity providers. Each opens the provider's page.

import { Building2 } from 'lucide-react'
import type { ProviderButton } from '@flowmason/graphql'
import { Button } from '@flowmason/ui'

interface Props {
  providers: readonly ProviderButton[]
  /** The page to go to afterwards. */
  next: string | undefined
  /** The address that the person has entered. */
  email?: string | undefined
}

export function ProviderList({ providers, next, email }: Props) {
  if (providers.length === 0) return null
  const go = (path: string) => {
    const query = new URLSearchParams()
    if (next) query.set('next', next)
    if (email) query.set('email', email)
    location.assign(`${path}?${query}`)
  }
  return (
    <ul aria-label="Identity providers" className="flex flex-col gap-2">
      {providers.map((provider) => (
        <li key={provider.path} className="flex flex-col">
          <Button large icon={<Building2 size={14} aria-hidden="true" />} onClick={() => go(provider.path)}>
            Continue with {provider.name}
          </Button>
        </li>
      ))}
    </ul>
  )
}
