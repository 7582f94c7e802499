"""The networks that panel 3 trains: diffusers' and transformers' own, in small, and two of this project."""
