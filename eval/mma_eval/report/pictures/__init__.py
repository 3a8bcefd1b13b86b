"""Pictures of attention, as SVG that takes its ink from the page: on white and on black, on a phone and printed."""
