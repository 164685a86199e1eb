"""The demo: the whole house on one laptop, with its cast; installed only where DEMO=1."""
