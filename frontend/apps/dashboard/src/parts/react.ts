// Entry of the chunk with the rendering libraries, see main.tsx.

export { createRoot } from 'react-dom/client'
