"""Published numbers and statements compared with reproduced numbers."""
