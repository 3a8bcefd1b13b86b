"""The browser app: one clip under every condition."""
