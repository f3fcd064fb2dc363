// The file of all questions to the server, see main.tsx.

export { ViewerDocument } from '@flowmason/graphql'
