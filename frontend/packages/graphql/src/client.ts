// The connection to the server: a normalized cache over POST /graphql, and subscriptions over one WebSocket.

import { type Cache, cacheExchange } from '@urql/exchange-graphcache'
import { Client, fetchExchange, mapExchange, subscriptionExchange } from 'urql'
import { type Socket, createSocket } from './live.ts'
import { uncachedIfLong } from './long-query.ts'
import { type ApiProblem, isUnauthenticated, isWithoutOrganization, ssoRequired } from './problem.ts'

const ORG_KEY = 'flowmason.org'

/** The organization of this browser's requests; only relevant to a user in several organizations. */
export const chosenOrg = (): string | null => localStorage.getItem(ORG_KEY)
export function chooseOrg(id: string) {
  localStorage.setItem(ORG_KEY, id)
}
/** Lets the server choose one of the user's organizations again. */
export function forgetOrg() {
  localStorage.removeItem(ORG_KEY)
}

/** The person whose data this page shows. */
let person: string | undefined

/**
 * Names the person whose data the page shows, once. If somebody else signs in in another tab of this browser, the
 * server refuses the requests of this page, which would otherwise be made in the other person's name.
 */
export function actAs(userId: string) {
  person ??= userId
}

/** Whether the page has shown somebody's data. */
export const hasShownSomebody = (): boolean => person !== undefined

export interface Api {
  client: Client
  /** A client without the cache, for immutable results so large that normalizing them costs more than fetching them. */
  plain: Client
  socket: Socket
}

/** Adds the organization to a URL that the browser opens itself, since a link cannot send the organization header. */
export function inOrg(url: string): string {
  const org = chosenOrg()
  return org ? `${url}${url.includes('?') ? '&' : '?'}org=${encodeURIComponent(org)}` : url
}

const embedded = () => null

/**
 * `onUnauthenticated` is called when the session has ended, `onNoOrganization` when the user is not a member of the
 * organization of the request, or with its refusal if it requires single sign-on.
 */
export function createApi(onUnauthenticated: () => void, onNoOrganization: (refusal?: ApiProblem) => void): Api {
  const wsUrl = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql/ws`
  const socket = createSocket(wsUrl, chosenOrg)
  const connection = {
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: () => {
      const org = chosenOrg()
      const headers = new Headers(org ? { 'X-Flowmason-Org': org } : {})
      if (person) headers.set('X-Flowmason-Person', person)
      return { credentials: 'same-origin' as const, headers }
    },
  }
  const client = new Client({
    ...connection,
    requestPolicy: 'cache-and-network',
    exchanges: [
      mapExchange({
        onResult(result) {
          if (result.error && isUnauthenticated(result.error)) onUnauthenticated()
          if (result.error && isWithoutOrganization(result.error)) onNoOrganization()
          const refusal = result.error && ssoRequired(result.error)
          if (refusal) onNoOrganization(refusal)
        },
      }),
      uncachedIfLong(
        cacheExchange({
          keys: {
            Viewer: embedded,
            EmailChange: embedded,
            Passkey: embedded,
            AuthorizationRequest: embedded,
            DeviceRequest: embedded,
            RequestedScope: embedded,
            Application: (application) => application['clientId'] as string,
            ApplicationGrant: (grant) => grant['grantId'] as string,
            Usage: embedded,
            RunError: embedded,
            RunEvent: embedded,
            TokenChunk: embedded,
            StageRun: embedded,
            RunValue: embedded,
            ValuePage: embedded,
            RunCounts: embedded,
            RunTrend: embedded,
            RunTrendBucket: embedded,
            RunFilter: embedded,
            InputRemark: embedded,
            JobProgress: embedded,
            JobError: embedded,
            Attempt: embedded,
            LogLine: embedded,
            Stage: embedded,
            Position: embedded,
            Problem: embedded,
            Draft: embedded,
            DraftPin: embedded,
            ReadableName: embedded,
            DraftHistory: embedded,
            DraftConflict: embedded,
            UnsavedChanges: embedded,
            PipelineDifference: embedded,
            FieldChange: embedded,
            StageEntry: embedded,
            StageChange: embedded,
            StageInFile: embedded,
            ValidationReport: embedded,
            Actor: embedded,
            Member: (member) => member['userId'] as string,
            MemberCreation: embedded,
            AssignedRole: embedded,
            PermissionInfo: embedded,
            PipelinePermissions: embedded,
            FolderPermissions: embedded,
            EnvironmentPermissions: embedded,
            PublicationSettings: embedded,
            RunPlan: embedded,
            RunPlanRequest: embedded,
            RunPlanModel: embedded,
            RunPlanFrequency: embedded,
            RunPlanRepetition: embedded,
            RunPlanControl: embedded,
            RunPlanBranch: embedded,
            RunPlanPath: embedded,
            RunPlanStep: embedded,
            RunPlanComparison: embedded,
            RunPlanChange: embedded,
            TriggerFiring: embedded,
            TriggerPreview: embedded,
            TriggerSentence: embedded,
            TriggerReading: embedded,
            SentenceSpan: embedded,
            SentenceQuestion: embedded,
            TriggerProblem: embedded,
            TeamMember: embedded,
            AccessExplanation: embedded,
            SsoRoleMapping: embedded,
            SsoOwnerChoice: embedded,
            SsoForEveryone: embedded,
            SsoGuest: embedded,
            SsoUnprepared: embedded,
            SsoUnpreparedMember: embedded,
            SamlProvider: embedded,
            SamlCertificate: embedded,
            SamlTest: embedded,
            SamlRefusal: embedded,
            SamlPerson: embedded,
            SamlValue: embedded,
            SamlAttribute: embedded,
            Provisioning: embedded,
            ConnectableProvider: (provider) => provider['key'] as string,
            PageInfo: embedded,
            WebhookEventType: (type) => type['name'] as string,
            Component: (component) => component['name'] as string,
            Example: (example) => example['name'] as string,
          },
          updates: {
            Mutation: {
              createPipeline: (_, __, cache) => forget(cache, 'pipelines'),
              createPipelineFromExample: (_, __, cache) => forget(cache, 'pipelines'),
              pushPipelineVersion: (_, args, cache) => versionsChanged(args, cache),
              saveDraft: (_, args, cache) => versionsChanged(args, cache),
              renamePipeline: (_, __, cache) => forget(cache, 'pipelines'),
              deletePipeline: (_, __, cache) => forget(cache, 'pipelines'),
              restorePipeline: (_, __, cache) => forget(cache, 'pipelines'),
              movePipeline: (_, __, cache) => forget(cache, 'pipelines'),
              createFolder: (_, __, cache) => forget(cache, 'folders'),
              deleteFolder: (_, __, cache) => {
                for (const field of ['folders', 'pipelines', 'pipeline', 'grants']) forget(cache, field)
              },
              publishPipeline: publicationChanged,
              approvePublication: publicationChanged,
              refusePublication: publicationChanged,
              createTrigger: (_, args, cache) => {
                const { pipelineId } = args['input'] as { pipelineId: string }
                forgetOf(cache, { __typename: 'Pipeline', id: pipelineId }, 'triggers')
              },
              deleteTrigger: (_, args, cache) => {
                const { id } = args['input'] as { id: string }
                const pipeline = cache.resolve({ __typename: 'Trigger', id }, 'pipeline')
                if (typeof pipeline === 'string') forgetOf(cache, pipeline, 'triggers')
              },
              updatePublicationSettings: (_, __, cache) => forget(cache, 'publicationSettings'),
              saveRunView: (_, __, cache) => forget(cache, 'savedRunViews'),
              deleteSavedRunView: (_, __, cache) => forget(cache, 'savedRunViews'),
              createApiKey: (_, __, cache) => forget(cache, 'apiKeys'),
              rotateApiKey: (_, __, cache) => forget(cache, 'apiKeys'),
              // The grants to it are withdrawn.
              revokeApiKey: (_, __, cache) => forget(cache, 'grants'),
              registerApplication: (_, __, cache) => forget(cache, 'applications'),
              // What was allowed to it has its new name, and not the scopes that it has lost.
              updateApplication: (_, __, cache) => {
                forget(cache, 'applicationGrants')
                forget(cache, 'myApplicationGrants')
              },
              createSsoProvider: (_, __, cache) => forget(cache, 'ssoProviders'),
              deleteSsoProvider: (_, __, cache) => forget(cache, 'ssoProviders'),
              createScimToken: (_, __, cache) => forget(cache, 'provisioning'),
              updateProvisioning: (_, __, cache) => forget(cache, 'provisioning'),
              checkWaitingUsers: (_, __, cache) => {
                forget(cache, 'provisioning')
                forget(cache, 'members')
              },
              mapScimGroup: (_, __, cache) => {
                forget(cache, 'members')
                forget(cache, 'teams')
              },
              updateRequestLetters: (_, __, cache) => forget(cache, 'requestLetters'),
              createInvitation: (_, __, cache) => forget(cache, 'invitations'),
              createCustomRole: (_, __, cache) => forget(cache, 'customRoles'),
              // Everybody who has the role has its new name and permissions.
              updateCustomRole: (_, __, cache) => {
                const people = ['members', 'member', 'viewer', 'invitations']
                const others = ['serviceAccounts', 'grants', 'ssoProviders', 'provisioning']
                for (const field of [...people, ...others]) forget(cache, field)
              },
              deleteCustomRole: (_, __, cache) => forget(cache, 'customRoles'),
              createTeam: (_, __, cache) => forget(cache, 'teams'),
              renameTeam: (_, __, cache) => forget(cache, 'grants'),
              deleteTeam: (_, __, cache) => {
                forget(cache, 'teams')
                forget(cache, 'grants')
              },
              createServiceAccount: (_, __, cache) => forget(cache, 'serviceAccounts'),
              createWebhookEndpoint: (_, __, cache) => forget(cache, 'webhookEndpoints'),
              deleteWebhookEndpoint: (_, __, cache) => forget(cache, 'webhookEndpoints'),
              testWebhookEndpoint: (_, args, cache) => {
                const { id } = args['input'] as { id: string }
                forgetOf(cache, { __typename: 'WebhookEndpoint', id }, 'deliveries')
              },
              createGrant: (_, __, cache) => forget(cache, 'grants'),
              deleteGrant: (_, __, cache) => forget(cache, 'grants'),
              removeMember: (_, __, cache) => {
                for (const field of ['members', 'teams', 'grants', 'ssoForEveryone']) forget(cache, field)
              },
              claimDomain: (_, __, cache) => forget(cache, 'domains'),
              enforceSso: (_, __, cache) => forget(cache, 'ssoOwnerChoices'),
              stopEnforcingSso: (_, __, cache) => forget(cache, 'ssoOwnerChoices'),
              enforceSsoForEveryone: (_, __, cache) => {
                for (const field of ['ssoForEveryone', 'ssoOwnerChoices']) forget(cache, field)
              },
              stopEnforcingSsoForEveryone: (_, __, cache) => {
                for (const field of ['ssoForEveryone', 'ssoOwnerChoices']) forget(cache, field)
              },
              addSsoGuest: (_, __, cache) => forget(cache, 'ssoForEveryone'),
              removeSsoGuest: (_, __, cache) => forget(cache, 'ssoForEveryone'),
              transferOwnership: (_, __, cache) => {
                forget(cache, 'members')
                // The caller is an admin now.
                forget(cache, 'viewer')
              },
            },
          },
        }),
      ),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query: request.query ?? '', variables: request.variables as Record<string, unknown> },
              sink as Parameters<Socket['subscribe']>[1],
            ),
          }),
        }),
      }),
    ],
  })
  const plain = new Client({ ...connection, requestPolicy: 'network-only', exchanges: [fetchExchange] })
  return { client, plain, socket }
}

/** The pipeline may have a new version, and with it another name. */
function versionsChanged(args: Record<string, unknown>, cache: Cache) {
  cache.invalidate({ __typename: 'Pipeline', id: (args['input'] as { pipelineId: string }).pipelineId })
}

/** A publication changes what is published, and the history. */
function publicationChanged(_: unknown, __: unknown, cache: Cache) {
  forget(cache, 'pipeline')
  forget(cache, 'publicationRequests')
}

/** Removes all cached results of a field of Query, whatever its arguments were. */
const forget = (cache: Cache, field: string) => forgetOf(cache, 'Query', field)

/** The same for a field of any object, which is given by its key. */
function forgetOf(cache: Cache, object: string | { __typename: string; id: string }, field: string) {
  for (const each of cache.inspectFields(object)) {
    if (each.fieldName === field) cache.invalidate(object, field, each.arguments)
  }
}
