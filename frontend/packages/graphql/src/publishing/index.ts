// The operations for folders of pipelines and for publishing versions. They are apart from the others, so that only the
// parts of pages that use them load their documents.

export * from './generated/graphql.ts'
