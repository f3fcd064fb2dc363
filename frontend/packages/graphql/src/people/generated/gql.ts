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
    "fragment MemberFields on Member {\n  userId\n  name\n  email\n  role\n  joinedAt\n  lastSeenAt\n  signInMethods\n  isYou\n}\n\nfragment InvitationFields on Invitation {\n  id\n  role\n  email\n  invitedBy\n  status\n  createdAt\n  expiresAt\n}\n\nquery Members($first: Int, $after: String) {\n  members(first: $first, after: $after) {\n    edges {\n      node {\n        ...MemberFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nquery Invitations($first: Int, $after: String) {\n  invitations(first: $first, after: $after) {\n    edges {\n      node {\n        ...InvitationFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation CreateInvitation($input: CreateInvitationInput!) {\n  createInvitation(input: $input) {\n    path\n  }\n}\n\nmutation RenewInvitation($input: RenewInvitationInput!) {\n  renewInvitation(input: $input) {\n    invitation {\n      id\n      status\n      invitedBy\n      expiresAt\n    }\n    path\n  }\n}\n\nmutation RevokeInvitation($input: RevokeInvitationInput!) {\n  revokeInvitation(input: $input) {\n    invitation {\n      id\n      status\n    }\n  }\n}\n\nmutation ChangeMemberRole($input: ChangeMemberRoleInput!) {\n  changeMemberRole(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation RemoveMember($input: RemoveMemberInput!) {\n  removeMember(input: $input) {\n    removedUserId\n  }\n}\n\nmutation TransferOwnership($input: TransferOwnershipInput!) {\n  transferOwnership(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation LeaveOrganization {\n  leaveOrganization {\n    ok\n  }\n}": typeof types.MemberFieldsFragmentDoc,
};
const documents: Documents = {
    "fragment MemberFields on Member {\n  userId\n  name\n  email\n  role\n  joinedAt\n  lastSeenAt\n  signInMethods\n  isYou\n}\n\nfragment InvitationFields on Invitation {\n  id\n  role\n  email\n  invitedBy\n  status\n  createdAt\n  expiresAt\n}\n\nquery Members($first: Int, $after: String) {\n  members(first: $first, after: $after) {\n    edges {\n      node {\n        ...MemberFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nquery Invitations($first: Int, $after: String) {\n  invitations(first: $first, after: $after) {\n    edges {\n      node {\n        ...InvitationFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation CreateInvitation($input: CreateInvitationInput!) {\n  createInvitation(input: $input) {\n    path\n  }\n}\n\nmutation RenewInvitation($input: RenewInvitationInput!) {\n  renewInvitation(input: $input) {\n    invitation {\n      id\n      status\n      invitedBy\n      expiresAt\n    }\n    path\n  }\n}\n\nmutation RevokeInvitation($input: RevokeInvitationInput!) {\n  revokeInvitation(input: $input) {\n    invitation {\n      id\n      status\n    }\n  }\n}\n\nmutation ChangeMemberRole($input: ChangeMemberRoleInput!) {\n  changeMemberRole(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation RemoveMember($input: RemoveMemberInput!) {\n  removeMember(input: $input) {\n    removedUserId\n  }\n}\n\nmutation TransferOwnership($input: TransferOwnershipInput!) {\n  transferOwnership(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation LeaveOrganization {\n  leaveOrganization {\n    ok\n  }\n}": types.MemberFieldsFragmentDoc,
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
export function graphql(source: "fragment MemberFields on Member {\n  userId\n  name\n  email\n  role\n  joinedAt\n  lastSeenAt\n  signInMethods\n  isYou\n}\n\nfragment InvitationFields on Invitation {\n  id\n  role\n  email\n  invitedBy\n  status\n  createdAt\n  expiresAt\n}\n\nquery Members($first: Int, $after: String) {\n  members(first: $first, after: $after) {\n    edges {\n      node {\n        ...MemberFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nquery Invitations($first: Int, $after: String) {\n  invitations(first: $first, after: $after) {\n    edges {\n      node {\n        ...InvitationFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation CreateInvitation($input: CreateInvitationInput!) {\n  createInvitation(input: $input) {\n    path\n  }\n}\n\nmutation RenewInvitation($input: RenewInvitationInput!) {\n  renewInvitation(input: $input) {\n    invitation {\n      id\n      status\n      invitedBy\n      expiresAt\n    }\n    path\n  }\n}\n\nmutation RevokeInvitation($input: RevokeInvitationInput!) {\n  revokeInvitation(input: $input) {\n    invitation {\n      id\n      status\n    }\n  }\n}\n\nmutation ChangeMemberRole($input: ChangeMemberRoleInput!) {\n  changeMemberRole(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation RemoveMember($input: RemoveMemberInput!) {\n  removeMember(input: $input) {\n    removedUserId\n  }\n}\n\nmutation TransferOwnership($input: TransferOwnershipInput!) {\n  transferOwnership(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation LeaveOrganization {\n  leaveOrganization {\n    ok\n  }\n}"): (typeof documents)["fragment MemberFields on Member {\n  userId\n  name\n  email\n  role\n  joinedAt\n  lastSeenAt\n  signInMethods\n  isYou\n}\n\nfragment InvitationFields on Invitation {\n  id\n  role\n  email\n  invitedBy\n  status\n  createdAt\n  expiresAt\n}\n\nquery Members($first: Int, $after: String) {\n  members(first: $first, after: $after) {\n    edges {\n      node {\n        ...MemberFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nquery Invitations($first: Int, $after: String) {\n  invitations(first: $first, after: $after) {\n    edges {\n      node {\n        ...InvitationFields\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nmutation CreateInvitation($input: CreateInvitationInput!) {\n  createInvitation(input: $input) {\n    path\n  }\n}\n\nmutation RenewInvitation($input: RenewInvitationInput!) {\n  renewInvitation(input: $input) {\n    invitation {\n      id\n      status\n      invitedBy\n      expiresAt\n    }\n    path\n  }\n}\n\nmutation RevokeInvitation($input: RevokeInvitationInput!) {\n  revokeInvitation(input: $input) {\n    invitation {\n      id\n      status\n    }\n  }\n}\n\nmutation ChangeMemberRole($input: ChangeMemberRoleInput!) {\n  changeMemberRole(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation RemoveMember($input: RemoveMemberInput!) {\n  removeMember(input: $input) {\n    removedUserId\n  }\n}\n\nmutation TransferOwnership($input: TransferOwnershipInput!) {\n  transferOwnership(input: $input) {\n    member {\n      userId\n      role\n    }\n  }\n}\n\nmutation LeaveOrganization {\n  leaveOrganization {\n    ok\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;