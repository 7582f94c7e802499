"""Files, folders and tensors on disk."""
