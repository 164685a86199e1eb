"""The tests of the house; each area has its own folder."""
