"""Operation of a public server: sessions, limits of use, readiness, metrics and rooms."""
