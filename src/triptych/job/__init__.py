"""What a step has around its own work."""
