"""From a manifest to clips: download, cut, account for every loss."""
