"""Report on one or more runs: a self-contained HTML file, and the same content in Markdown."""
