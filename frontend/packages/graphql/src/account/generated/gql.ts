/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment TwoFactorFields on TwoFactor {\n  onSince\n  recoveryCodesLeft\n}\n\nfragment SessionFields on Session {\n  sessionId\n  device\n  address\n  createdAt\n  lastSeenAt\n  isCurrent\n}\n\nquery TwoFactor {\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nquery Sessions {\n  sessions {\n    ...SessionFields\n  }\n}\n\nquery ProofMethods {\n  viewer {\n    hasPassword\n  }\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nmutation BeginTwoFactor {\n  beginTwoFactor {\n    secret\n    uri\n    qrCode\n  }\n}\n\nmutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {\n  confirmTwoFactor(input: $input) {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation DisableTwoFactor {\n  disableTwoFactor {\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation RenewRecoveryCodes {\n  renewRecoveryCodes {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation EndSession($input: EndSessionInput!) {\n  endSession(input: $input) {\n    endedSessionId\n  }\n}\n\nmutation EndOtherSessions {\n  endOtherSessions {\n    ended\n  }\n}\n\nquery ConnectedAccounts {\n  externalIdentities {\n    id\n    issuer\n    subject\n    lastUsedAt\n  }\n  connectableProviders {\n    key\n    name\n  }\n}\n\nmutation DisconnectIdentity($input: DisconnectIdentityInput!) {\n  disconnectIdentity(input: $input) {\n    id\n  }\n}": typeof types.TwoFactorFieldsFragmentDoc,
};
const documents: Documents = {
    "fragment TwoFactorFields on TwoFactor {\n  onSince\n  recoveryCodesLeft\n}\n\nfragment SessionFields on Session {\n  sessionId\n  device\n  address\n  createdAt\n  lastSeenAt\n  isCurrent\n}\n\nquery TwoFactor {\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nquery Sessions {\n  sessions {\n    ...SessionFields\n  }\n}\n\nquery ProofMethods {\n  viewer {\n    hasPassword\n  }\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nmutation BeginTwoFactor {\n  beginTwoFactor {\n    secret\n    uri\n    qrCode\n  }\n}\n\nmutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {\n  confirmTwoFactor(input: $input) {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation DisableTwoFactor {\n  disableTwoFactor {\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation RenewRecoveryCodes {\n  renewRecoveryCodes {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation EndSession($input: EndSessionInput!) {\n  endSession(input: $input) {\n    endedSessionId\n  }\n}\n\nmutation EndOtherSessions {\n  endOtherSessions {\n    ended\n  }\n}\n\nquery ConnectedAccounts {\n  externalIdentities {\n    id\n    issuer\n    subject\n    lastUsedAt\n  }\n  connectableProviders {\n    key\n    name\n  }\n}\n\nmutation DisconnectIdentity($input: DisconnectIdentityInput!) {\n  disconnectIdentity(input: $input) {\n    id\n  }\n}": types.TwoFactorFieldsFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment TwoFactorFields on TwoFactor {\n  onSince\n  recoveryCodesLeft\n}\n\nfragment SessionFields on Session {\n  sessionId\n  device\n  address\n  createdAt\n  lastSeenAt\n  isCurrent\n}\n\nquery TwoFactor {\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nquery Sessions {\n  sessions {\n    ...SessionFields\n  }\n}\n\nquery ProofMethods {\n  viewer {\n    hasPassword\n  }\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nmutation BeginTwoFactor {\n  beginTwoFactor {\n    secret\n    uri\n    qrCode\n  }\n}\n\nmutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {\n  confirmTwoFactor(input: $input) {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation DisableTwoFactor {\n  disableTwoFactor {\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation RenewRecoveryCodes {\n  renewRecoveryCodes {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation EndSession($input: EndSessionInput!) {\n  endSession(input: $input) {\n    endedSessionId\n  }\n}\n\nmutation EndOtherSessions {\n  endOtherSessions {\n    ended\n  }\n}\n\nquery ConnectedAccounts {\n  externalIdentities {\n    id\n    issuer\n    subject\n    lastUsedAt\n  }\n  connectableProviders {\n    key\n    name\n  }\n}\n\nmutation DisconnectIdentity($input: DisconnectIdentityInput!) {\n  disconnectIdentity(input: $input) {\n    id\n  }\n}"): (typeof documents)["fragment TwoFactorFields on TwoFactor {\n  onSince\n  recoveryCodesLeft\n}\n\nfragment SessionFields on Session {\n  sessionId\n  device\n  address\n  createdAt\n  lastSeenAt\n  isCurrent\n}\n\nquery TwoFactor {\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nquery Sessions {\n  sessions {\n    ...SessionFields\n  }\n}\n\nquery ProofMethods {\n  viewer {\n    hasPassword\n  }\n  twoFactor {\n    ...TwoFactorFields\n  }\n}\n\nmutation BeginTwoFactor {\n  beginTwoFactor {\n    secret\n    uri\n    qrCode\n  }\n}\n\nmutation ConfirmTwoFactor($input: ConfirmTwoFactorInput!) {\n  confirmTwoFactor(input: $input) {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation DisableTwoFactor {\n  disableTwoFactor {\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation RenewRecoveryCodes {\n  renewRecoveryCodes {\n    recoveryCodes\n    twoFactor {\n      ...TwoFactorFields\n    }\n  }\n}\n\nmutation EndSession($input: EndSessionInput!) {\n  endSession(input: $input) {\n    endedSessionId\n  }\n}\n\nmutation EndOtherSessions {\n  endOtherSessions {\n    ended\n  }\n}\n\nquery ConnectedAccounts {\n  externalIdentities {\n    id\n    issuer\n    subject\n    lastUsedAt\n  }\n  connectableProviders {\n    key\n    name\n  }\n}\n\nmutation DisconnectIdentity($input: DisconnectIdentityInput!) {\n  disconnectIdentity(input: $input) {\n    id\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;