// The identity providers to sign in with: those of the server, and, once an address is entered, those of its organization.

import { useEffect, useState } from 'react'
import { Fingerprint } from 'lucide-react'
import { type ProviderButton, signInMethods } from '@flowmason/graphql'
import { Button } from '@flowmason/ui'

interface Props {
  /** The address that the person has entered, or an empty text. */
  email: string
  /** The page to go to afterwards. */
  next: string | undefined
}

export function ProviderButtons({ email, next }: Props) {
  const [providers, setProviders] = useState<readonly ProviderButton[]>([])
  const address = email.includes('@') ? email : ''
  useEffect(() => {
    let current = true
    void signInMethods(address || undefined).then((answer) => {
      // Without an answer, the password still works.
      if (current && answer.ok) setProviders(answer.body.providers)
    })
    return () => {
      current = false
    }
  }, [address])
  if (providers.length === 0) return null
  const go = (path: string) => {
    const query = new URLSearchParams()
    if (next) query.set('next', next)
    if (address) query.set('email', address)
    location.assign(`${path}?${query}`)
  }
  return (
    <ul aria-label="Identity providers" className="flex flex-col gap-2">
      {providers.map((provider) => (
        <li key={provider.path} className="flex flex-col">
          <Button large icon={<Fingerprint size={14} aria-hidden="true" />} onClick={() => go(provider.path)}>
            Continue with {provider.name}
          </Button>
        </li>
      ))}
    </ul>
  )
}
