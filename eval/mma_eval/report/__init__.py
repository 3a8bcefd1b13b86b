"""The report of one or more runs: one HTML file that holds everything, and the same in Markdown."""
