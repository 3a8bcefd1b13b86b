"""Draw SVG pictures in the page's text colour, legible on light and dark pages, on phones and in print."""
