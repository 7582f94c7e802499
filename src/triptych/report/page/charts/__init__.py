"""Charts of a run: a picture for everyone, and its data for a browser with JavaScript."""
