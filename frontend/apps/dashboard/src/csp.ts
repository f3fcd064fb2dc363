/** The nonce of this response, for libraries that take it as an option; `public/first.js` gives it to the others. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
