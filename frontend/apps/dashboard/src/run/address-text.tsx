// The readable form of a stage run's address; the title has the address as used by the API.

import { cx } from '@flowmason/ui'
import { addressWords } from './address.ts'

export function AddressText({ address, className }: { address: string; className?: string }) {
  const words = addressWords(address)
  return (
    <code className={cx(className)} title={words === address ? undefined : `${address} in the API and the terminal`}>
      {words}
    </code>
  )
}
