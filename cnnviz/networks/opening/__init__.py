"""Networks in other programs' files: read as data, never executed."""
