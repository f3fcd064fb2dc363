// Entry of the chunk with the router, see main.tsx.

export { RouterProvider } from '@tanstack/react-router'
