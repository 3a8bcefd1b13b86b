"""Read, draw and export the rows of a built dataset."""
