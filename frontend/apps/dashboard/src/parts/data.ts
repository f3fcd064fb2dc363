// The file of the libraries for questions to the server and for stores, see main.tsx.

export { Provider } from 'urql'
export { create } from 'zustand'
