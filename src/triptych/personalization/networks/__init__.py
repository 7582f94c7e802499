"""The networks that panel 3 trains: small ones of diffusers and transformers, and two own ones."""
