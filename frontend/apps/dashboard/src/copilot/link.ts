// What the panel asks of the server.

import type { Api } from '@flowmason/graphql'
import {
  AcceptCopilotPiecesDocument,
  type AcceptCopilotPiecesInput,
  AskCopilotDocument,
  type AskCopilotInput,
  CancelCopilotDocument,
  type ClaimFieldsFragment,
  CopilotExchangeDocument,
  CopilotSettingsDocument,
  type CopilotSettingsFieldsFragment,
  type ExchangeFieldsFragment,
  type ExchangeFollower,
  SetCopilotSettingsDocument,
  type SetCopilotSettingsInput,
  followExchange,
} from '@flowmason/graphql/editing'
import type { Meeting } from '../editing/sync.ts'
import { type Answer, signedOut, within } from '../lib/request.ts'

export type Exchange = ExchangeFieldsFragment
export type Piece = Exchange['pieces'][number]
export type Claim = ClaimFieldsFragment
export type Check = Piece['checks'][number]
export type Settings = CopilotSettingsFieldsFragment

/** What became of pieces that were to be accepted. */
export interface Accepted {
  /** The revision that the change made; undefined if the draft was like this already. */
  revision: number | undefined
  /** Where others changed the same; then nothing was accepted. */
  meetings: readonly Meeting[]
  /** What the model said of the pieces, judged against the draft as it is stored. */
  claims: readonly Claim[]
}

export interface CopilotLink {
  ask: (input: AskCopilotInput) => Promise<Answer<Exchange>>
  cancel: (exchangeId: string) => Promise<Answer<Exchange>>
  /** Null if there is no such exchange any more. */
  read: (id: string) => Promise<Answer<Exchange | null>>
  accept: (input: AcceptCopilotPiecesInput) => Promise<Answer<Accepted>>
  follow: (id: string, follower: ExchangeFollower) => () => void
}

export function copilotLink(api: Api): CopilotLink {
  const { plain, socket } = api
  const ended = signedOut(api)
  return {
    ask: (input) =>
      within(plain.mutation(AskCopilotDocument, { input }).toPromise(), ended, ({ askCopilot }) => ({
        ...askCopilot.exchange,
        pieces: [],
        together: null,
      })),
    cancel: (exchangeId) =>
      within(
        plain.mutation(CancelCopilotDocument, { input: { exchangeId } }).toPromise(),
        ended,
        ({ cancelCopilot }) => cancelCopilot.exchange,
      ),
    read: (id) =>
      within(
        plain.query(CopilotExchangeDocument, { id }).toPromise(),
        ended,
        ({ copilotExchange }) => copilotExchange ?? null,
      ),
    accept: (input) =>
      within(
        plain.mutation(AcceptCopilotPiecesDocument, { input }).toPromise(),
        ended,
        ({ acceptCopilotPieces: { change, conflicts, claims } }) => ({
          revision: change?.revision,
          meetings: conflicts.map(({ message, mine, theirs }) => ({ message, mine, theirs })),
          claims,
        }),
      ),
    follow: (id, follower) => followExchange(socket, id, follower),
  }
}

export const readSettings = (api: Api): Promise<Answer<Settings>> =>
  within(
    api.plain.query(CopilotSettingsDocument, {}).toPromise(),
    signedOut(api),
    ({ copilotSettings }) => copilotSettings,
  )

export const saveSettings = (api: Api, input: SetCopilotSettingsInput): Promise<Answer<Settings>> =>
  within(
    api.plain.mutation(SetCopilotSettingsDocument, { input }).toPromise(),
    signedOut(api),
    ({ setCopilotSettings }) => setCopilotSettings.settings,
  )
