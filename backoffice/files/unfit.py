"""That a file is not taken."""


class Unfit(Exception):
    """Why it is not, in words that follow its name: "is empty."."""
