"""The tables, figures, claims and findings of panel 2."""
