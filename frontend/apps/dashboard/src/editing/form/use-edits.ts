// Changes that are not typed: adding, removing and moving. A refusal is shown where it was done.

import { useState } from 'react'
import type { Edit } from '../edits.ts'
import { useForm } from './form-context.ts'

export interface Edits {
  /** Why the last change was not made. */
  refusal: string | undefined
  busy: boolean
  make: (edits: readonly Edit[]) => Promise<boolean>
}

export function useEdits(): Edits {
  const { edit } = useForm()
  const [refusal, setRefusal] = useState<string>()
  const [busy, setBusy] = useState(false)
  const make = async (edits: readonly Edit[]) => {
    setBusy(true)
    const outcome = await edit(edits)
    setBusy(false)
    setRefusal(outcome.ok ? undefined : outcome.message)
    return outcome.ok
  }
  return { refusal, busy, make }
}
