// What the page of provisioning says: what to enter where, and what people wait for.

import type { WaitsFor } from '@flowmason/graphql/people'

export interface ProvisioningGuide {
  label: string
  /** What to do there, in order. */
  steps: readonly string[]
}

export const provisioningGuides: readonly ProvisioningGuide[] = [
  {
    label: 'Okta',
    steps: [
      'In your app, open General, and choose SCIM under Provisioning.',
      'In the tab Provisioning, Integration: enter the base URL, and “userName” as the unique identifier field.',
      'Choose Push New Users, Push Profile Updates and Push Groups, and HTTP Header with the token.',
      'Test the connector, save, and turn on Create, Update and Deactivate Users under To App.',
      'Assign people and groups under Assignments, and the groups that give roles under Push Groups.',
    ],
  },
  {
    label: 'Microsoft Entra ID',
    steps: [
      'In your enterprise application, open Provisioning, and choose the mode Automatic.',
      'Enter the base URL as the tenant URL, and the token as the secret token. Test the connection and save.',
      'Under Mappings, keep the groups on if groups are to give roles.',
      'Assign people and groups under Users and groups, and start the provisioning.',
    ],
  },
  {
    label: 'any other provider',
    steps: [
      'Choose SCIM 2.0 with a bearer token (OAuth bearer token, HTTP header).',
      'Enter the base URL and the token.',
      'Send “userName” and a primary or work email address for each person.',
    ],
  },
]

/** What somebody waits for, and what to do about it. */
export const waitWords: Readonly<Record<WaitsFor, string>> = {
  ADDRESS: 'The identity provider sends no usable email address. Send a primary or work address.',
  PROOF: 'The domain of the address is not proved. Prove it under Domains, or invite the person.',
  VERIFICATION: 'A member has this address, but has not verified it. They can verify it in their settings.',
}

/** The status of an answer in words. */
export const statusWords = (status: number): string => {
  if (status < 300) return 'accepted'
  if (status === 404) return 'not found'
  if (status === 409) return 'conflict'
  if (status === 412) return 'outdated'
  return 'refused'
}
