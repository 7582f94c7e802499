"""Images that the program draws: scenes for panel 2, faces for panel 3."""
