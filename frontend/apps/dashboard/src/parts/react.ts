// The file of libraries that the page is drawn with, see main.tsx.

export { createRoot } from 'react-dom/client'
