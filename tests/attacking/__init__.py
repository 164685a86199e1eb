"""Other people's tools, let loose on an instance of the house that is started for them on loopback."""
