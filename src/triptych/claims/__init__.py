"""Published numbers and statements beside reproduced ones."""
