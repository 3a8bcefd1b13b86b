"""Models that can be evaluated: a class per family, and what families share in omni.py and servers.py."""
