"""What a visitor takes along: a moving picture (GIF), and a page that works offline (HTML)."""
