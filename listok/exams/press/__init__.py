"""The press of a build: engines, the chunks they print, and PDFs."""
