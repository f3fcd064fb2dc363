// The model providers of the server, for the fields that name one or a model of it.

import { useEffect, useState } from 'react'
import { ModelProvidersDocument } from '@flowmason/graphql/editing'
import { api } from '../../api.ts'
import type { ModelProvider } from './suggestions.ts'

const none: readonly ModelProvider[] = []

/** Empty as long as they are not known: the fields can be typed into all the same. */
export function useProviders(wanted: boolean): readonly ModelProvider[] {
  const [providers, setProviders] = useState(none)
  useEffect(() => {
    if (!wanted) return
    const source = api.plain.query(ModelProvidersDocument, {}).subscribe(({ data }) => {
      if (data) setProviders(data.modelProviders)
    })
    return source.unsubscribe
  }, [wanted])
  return providers
}
