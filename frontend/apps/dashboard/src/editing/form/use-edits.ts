// Changes that are not typed: adding, removing and moving. A refusal is shown where it was done.

import { useRef, useState } from 'react'
import type { Edit } from '../edits.ts'
import { useForm } from './form-context.ts'

export interface Edits {
  /** Why the last change was not made. */
  refusal: string | undefined
  /** Whether it was made. Only one is on its way at a time: the next one is about what this one leaves. */
  make: (edits: readonly Edit[]) => Promise<boolean>
}

export function useEdits(): Edits {
  const { edit } = useForm()
  const [refusal, setRefusal] = useState<string>()
  // Buttons are not disabled meanwhile, so that they keep the focus.
  const busy = useRef(false)
  const make = async (edits: readonly Edit[]) => {
    if (busy.current) return false
    busy.current = true
    const outcome = await edit(edits)
    busy.current = false
    setRefusal(outcome.ok ? undefined : outcome.message)
    return outcome.ok
  }
  return { refusal, make }
}
