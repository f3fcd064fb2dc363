// The address of a stage run in words; the address itself, as the API takes it, is in the title.

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
