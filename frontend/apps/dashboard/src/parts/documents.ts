// Entry of the chunk with all GraphQL documents, see main.tsx.

export { ViewerDocument } from '@flowmason/graphql'
