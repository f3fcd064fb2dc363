// Entry of the chunk with our own code that every page needs, see main.tsx.

export { Boundary } from '@flowmason/ui'
