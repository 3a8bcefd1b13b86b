"""Models that can be evaluated: a class per family, with shared base classes in omni.py and servers.py."""
