// Generates types and documents from the server's schema. The result is committed; `npm run codegen:check` fails on
// drift.
import type { CodegenConfig } from '@graphql-codegen/cli'

const client = (documents: string) => ({
  documents,
  preset: 'client' as const,
  presetConfig: { fragmentMasking: false },
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown' },
  },
})

const config: CodegenConfig = {
  schema: '../api/schema.graphql',
  generates: {
    'packages/graphql/src/generated/': client('packages/graphql/src/operations/*.graphql'),
    // Loaded by their pages only, so they are not in the chunk with all other documents.
    'packages/graphql/src/account/generated/': client('packages/graphql/src/account/*.graphql'),
    'packages/graphql/src/editing/generated/': client('packages/graphql/src/editing/*.graphql'),
    'packages/graphql/src/people/generated/': client('packages/graphql/src/people/*.graphql'),
    'packages/graphql/src/publishing/generated/': client('packages/graphql/src/publishing/*.graphql'),
    'packages/graphql/src/triggers/generated/': client('packages/graphql/src/triggers/*.graphql'),
  },
}

export default config
