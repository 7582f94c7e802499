"""Files of tables and figures."""
