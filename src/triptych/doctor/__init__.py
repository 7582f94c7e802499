"""What a run would need, told before anything runs: ``triptych doctor``."""
