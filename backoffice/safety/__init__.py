"""What keeps the house from being started, asked or read in a way that is not safe."""
