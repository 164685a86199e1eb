"""Where Django looks for the tags."""
