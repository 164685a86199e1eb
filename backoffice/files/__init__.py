"""Files that people upload: taken only for what they are by content, kept by their hash, and never changed."""
