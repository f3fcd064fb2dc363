// Whether the user still has access to the organization that the page shows. The server closes the WebSocket as soon
// as a membership ends or a role changes; the viewer is then loaded again, which also updates what the role allows.

import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import { type ApiProblem, ViewerDocument, type ViewerFieldsFragment } from '@flowmason/graphql'
import { api, onNoOrganization, rememberSession } from '../api.ts'

/** The close codes for a connection without access, and for rights that have changed. */
const RIGHTS = [4401, 1012]

export interface LostAccess {
  /** The name of the organization; empty if it is not known. */
  organization: string
  /** The refusal of an organization that requires single sign-on. */
  refusal: ApiProblem | undefined
}

/** Undefined while the user has access. */
export function useLostAccess(viewer: ViewerFieldsFragment | undefined): LostAccess | undefined {
  const client = useClient()
  const [first, setFirst] = useState(viewer?.organization)
  if (!first && viewer) setFirst(viewer.organization)
  const [lost, setLost] = useState<{ refusal: ApiProblem | undefined }>()
  const person = viewer?.user?.id
  useEffect(() => {
    if (person) rememberSession(person)
  }, [person])
  useEffect(() => {
    // The first refusal stays: the page asks for another organization next.
    onNoOrganization((refusal) => setLost((before) => before ?? { refusal }))
    const stop = api.socket.onClosed((event) => {
      if (!RIGHTS.includes((event as CloseEvent).code)) return
      void client.query(ViewerDocument, {}, { requestPolicy: 'network-only' }).toPromise()
    })
    return () => {
      stop()
      onNoOrganization(() => {})
    }
  }, [client])
  // Without a chosen organization, the server continues with another one of the user's: the page must not mix them.
  const other = first !== undefined && viewer !== undefined && viewer.organization.id !== first.id
  if (!lost && !other) return undefined
  return { organization: first?.name ?? '', refusal: lost?.refusal }
}
