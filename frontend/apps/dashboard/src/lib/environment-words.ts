// The environments and what is published to them, in words.

import type { Environment } from '@flowmason/graphql'
import type { PublicationStatus } from '@flowmason/graphql/publishing'
import { actorWords } from './words.ts'

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

interface WaitingRequest {
  requestedBy: Parameters<typeof actorWords>[0]
  /** Whether it was requested by the user, who cannot approve it. */
  requestedByViewer: boolean
  version: { number: number }
}

/** `Ada wants to publish version 3`, and of the user's own request `You want to publish version 3`. */
export const requestWords = ({ requestedBy, requestedByViewer, version }: WaitingRequest): string =>
  `${requestedByViewer ? 'You want' : `${actorWords(requestedBy)} wants`} to publish version ${version.number}`
