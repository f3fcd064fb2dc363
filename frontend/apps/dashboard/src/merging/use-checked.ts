// Asks the server to check a text, and keeps the answer for as long as the text is the same.

import { useCallback, useEffect, useState } from 'react'
import { useClient } from 'urql'
import { type ApiProblem, ValidateDocument, type ValidateQuery, toProblem } from '@flowmason/graphql'

export type Checked = ValidateQuery['validatePipeline']

interface Found {
  source: string
  data: Checked | undefined
  problem: ApiProblem | undefined
}

export interface Checking extends Omit<Found, 'source'> {
  again: () => void
}

/** A text that is still being typed is checked after a pause. */
const PAUSE_MS = 250

export function useChecked(source: string | undefined): Checking {
  const client = useClient()
  const [found, setFound] = useState<Found>()
  const [tries, setTries] = useState(0)
  useEffect(() => {
    if (source === undefined) return
    let current = true
    const ask = async () => {
      const { data, error } = await client.query(ValidateDocument, { source }).toPromise()
      if (!current) return
      setFound({ source, data: data?.validatePipeline, problem: error ? toProblem(error) : undefined })
    }
    const timer = setTimeout(() => void ask(), PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [client, source, tries])
  const own = found?.source === source ? found : undefined
  const again = useCallback(() => setTries((before) => before + 1), [])
  return { data: own?.data, problem: own?.data ? undefined : own?.problem, again }
}
