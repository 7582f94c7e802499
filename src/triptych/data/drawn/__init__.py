"""Images that the program draws itself."""
