"""The demo, and the tools around the house."""
