// Whether the user may do something. Only for showing controls: the server checks every request itself.

import type { Environment, ViewerFieldsFragment } from '@flowmason/graphql'
import { environments } from './run-search.ts'

/** Where it is done; without anything, in the organization. */
export interface Place {
  pipelineId?: string | undefined
  /** The folder that the pipeline is in. */
  folderId?: string | null | undefined
  environment?: Environment | undefined
}

type Rights = Pick<
  ViewerFieldsFragment,
  'permissions' | 'pipelinePermissions' | 'folderPermissions' | 'environmentPermissions'
>

/** Whether the user has a permission there, by the role or by a grant. Production needs a permission of its own. */
export function may(rights: Rights, permission: string, { pipelineId, folderId, environment }: Place): boolean {
  const granted = [
    ...rights.pipelinePermissions.filter((each) => each.pipelineId === pipelineId),
    ...rights.folderPermissions.filter((each) => each.folderId === folderId),
    ...rights.environmentPermissions.filter((each) => each.environment === environment),
  ]
  const has = (wanted: string) => [rights, ...granted].some(({ permissions }) => permissions.includes(wanted))
  return has(permission) && (environment !== 'PRODUCTION' || has('production.use'))
}

/** The environments in which the user has a permission. */
export const mayIn = (rights: Rights, permission: string, place: Omit<Place, 'environment'>): Environment[] =>
  environments.filter((environment) => may(rights, permission, { ...place, environment }))

/** Whether the user has a permission in the organization or on anything in it. */
export const mayAnywhere = (rights: Rights, permission: string): boolean =>
  [rights, ...rights.pipelinePermissions, ...rights.folderPermissions, ...rights.environmentPermissions].some(
    ({ permissions }) => permissions.includes(permission),
  )
