"""The networks that judge images."""
