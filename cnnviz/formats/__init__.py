"""Safe parsers of untrusted files, and the binary format of arrays for the browser."""
