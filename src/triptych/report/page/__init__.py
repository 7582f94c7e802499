"""The page of a scale: what a reader opens."""
