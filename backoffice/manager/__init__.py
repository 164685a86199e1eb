"""The wire to the remote MT5 Manager API: exact money, one deadline for a whole call, and failures that say what they mean."""
