// Entry of the chunk with the libraries for GraphQL and stores, see main.tsx.

export { Provider } from 'urql'
export { create } from 'zustand'
