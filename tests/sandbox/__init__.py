"""The sandbox held against the contract, and each of its faults against what a client sees of it."""
