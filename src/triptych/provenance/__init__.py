"""How each file was made, and the check that it still is that file."""
