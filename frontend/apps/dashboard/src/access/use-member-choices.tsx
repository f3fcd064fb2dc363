// The members of whom one is chosen. A hundred are offered at once; if there are more, a field finds the others.

import { type ReactNode, useState } from 'react'
import { type MembersQuery, MembersDocument } from '@flowmason/graphql/people'
import { SearchField } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

/** How many are offered at once, which is the longest page of the API. */
const OFFERED = 100

export type MemberChoice = MembersQuery['members']['edges'][number]['node']

export interface MemberChoices {
  /** Undefined until they are loaded. */
  members: readonly MemberChoice[] | undefined
  /** Finds members by name or address; shown only if not all can be offered. */
  field: ReactNode
}

export function useMemberChoices(label: string): MemberChoices {
  const [search, setSearch] = useState('')
  const [many, setMany] = useState(false)
  const variables = { first: OFFERED, after: null, search: search || null }
  const { data } = useAnswer(MembersDocument, variables, { keep: true })
  if (data?.members.pageInfo.hasNextPage && !many) setMany(true)
  const members = data?.members.edges.map(({ node }) => node)
  return {
    members,
    field: many && (
      <SearchField
        label={label}
        placeholder="Find by name or email"
        value={search}
        onChange={setSearch}
        className="w-48"
      />
    ),
  }
}
