"""What every screen is made of: the shell, the template tags, the parts that components take, and the gallery."""
