"""Report what a run needs before it starts: ``triptych doctor``."""
