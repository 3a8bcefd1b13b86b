"""Pictures as SVG in the page's ink, so that they are legible on white, on black, on a phone and in print."""
