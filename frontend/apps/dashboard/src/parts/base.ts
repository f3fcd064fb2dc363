// The file of libraries for addresses, questions and stores, see main.tsx.

export { RouterProvider } from '@tanstack/react-router'
