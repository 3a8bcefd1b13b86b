"""Write a report on one or more runs as a self-contained HTML file, and with the same content as Markdown."""
