"""The pages on which the rules themselves are changed."""
