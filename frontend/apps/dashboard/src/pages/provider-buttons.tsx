// The identity providers to sign in with: those of the server, and, once an address is entered, those of its organization.

import { useEffect, useState } from 'react'
import { type ProviderButton, signInMethods } from '@flowmason/graphql'
import { ProviderList } from '../parts/provider-list.tsx'

interface Props {
  /** The address that the person has entered, or an empty text. */
  email: string
  /** The page to go to afterwards. */
  next: string | undefined
  /** Told whether strangers can sign up. The same function at each render. */
  onSignUp: (open: boolean) => void
}

export function ProviderButtons({ email, next, onSignUp }: Props) {
  const [providers, setProviders] = useState<readonly ProviderButton[]>([])
  const address = email.includes('@') ? email : ''
  useEffect(() => {
    let current = true
    void signInMethods(address || undefined).then((answer) => {
      // Without an answer, the password still works.
      if (!current || !answer.ok) return
      setProviders(answer.body.providers)
      onSignUp(answer.body.signUp)
    })
    return () => {
      current = false
    }
  }, [address, onSignUp])
  return <ProviderList providers={providers} next={next} email={address} />
}
