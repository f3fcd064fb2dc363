// The operations for drafts of pipelines. They are apart from the others, so that only the editor loads their
// documents.

export * from './generated/graphql.ts'
export { type DraftFollower, followDraft } from './follow-draft.ts'
export { type ExchangeFollower, followExchange } from './follow-exchange.ts'
