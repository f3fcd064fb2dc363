// The organization in which an application or a device will act, for users in several.

import { ViewerDocument, chooseOrg } from '@flowmason/graphql'
import { Field, Select } from '@flowmason/ui'
import { useAnswer } from '../lib/use-answer.ts'

export function OrganizationChoice() {
  const { data } = useAnswer(ViewerDocument, {})
  const viewer = data?.viewer
  if (!viewer || viewer.organizations.length < 2) return null
  const choose = (id: string) => {
    chooseOrg(id)
    location.reload()
  }
  return (
    <Field label="Organization">
      {(ids) => (
        <Select {...ids} value={viewer.organization.id} onChange={(event) => choose(event.target.value)}>
          {viewer.organizations.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
