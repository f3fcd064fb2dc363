export { type Api, actAs, chooseOrg, chosenOrg, createApi, forgetOrg, hasShownSomebody, inOrg } from './client.ts'
export { type LinkState, useLink } from './live.ts'
export { type Follower, type RunMessage, followRun } from './follow.ts'
export { type ApiProblem, isUnauthenticated, isWithoutOrganization, toProblem } from './problem.ts'
export {
  type FirstStep,
  type ProviderButton,
  SESSION_KEY,
  type SignInAnswer,
  type SignInMethods,
  connectAccount,
  signInByLink,
  signInByPassword,
  signInMethods,
  signOut,
} from './sign-in.ts'
export { type UploadAnswer, uploadFile } from './upload.ts'
export * from './generated/graphql.ts'
