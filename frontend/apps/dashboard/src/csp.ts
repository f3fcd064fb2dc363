/** The nonce of this response, for libraries that accept one; `public/first.js` sets it for the others. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
