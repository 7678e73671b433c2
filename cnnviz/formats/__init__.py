"""Reading files that may be hostile, and packing arrays for the browser."""
