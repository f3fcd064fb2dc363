// The file of the library for addresses, see main.tsx.

export { RouterProvider } from '@tanstack/react-router'
