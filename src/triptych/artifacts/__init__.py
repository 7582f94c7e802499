"""What all panels share in making tables, figures and claims."""
