"""The scores, tables, figures, claims and findings of panel 3."""
