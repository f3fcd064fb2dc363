// The operations for triggers. They are apart from the others, so that only the pages of triggers load their documents.

export * from './generated/graphql.ts'
