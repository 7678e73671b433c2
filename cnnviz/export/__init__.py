"""Exports: an animation (GIF), a page that works offline (HTML), and PDF."""
