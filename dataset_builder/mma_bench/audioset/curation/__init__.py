"""From AudioSet's lists to a manifest: which clips have one class that can be seen and heard (paper, appendix A)."""
