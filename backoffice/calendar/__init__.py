"""Which moment is which server day, on which days people work, and from when until when."""
