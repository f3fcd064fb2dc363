// The file of what every page needs of our own, see main.tsx.

export { Boundary } from '@flowmason/ui'
