// The environments and what is published to them, in words.

import type { Environment } from '@flowmason/graphql'
import type { PublicationStatus } from '@flowmason/graphql/publishing'

export const environmentNames: Record<Environment, string> = {
  DEVELOPMENT: 'Development',
  STAGING: 'Staging',
  PRODUCTION: 'Production',
}

/** The status of a publication; the current one is marked where it is shown. */
export const publicationStatus: Record<PublicationStatus, string> = {
  REQUESTED: 'waits for a second person',
  PUBLISHED: 'published',
  REFUSED: 'refused',
  EXPIRED: 'expired, nobody approved it',
}

interface Publication {
  environment: Environment
  status: PublicationStatus
  version: { number: number }
}

/** What happened when a version was published, for a toast. */
export const publishedWords = ({ environment, status, version }: Publication): string => {
  const where = environmentNames[environment].toLowerCase()
  return status === 'REQUESTED'
    ? `Version ${version.number} waits for a second person before it is published to ${where}.`
    : `Version ${version.number} is published to ${where}.`
}
