"""The fault harness: operations under faults, kills and restarts, and whether our books and the Manager's then agree."""
