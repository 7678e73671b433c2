"""The pages: thin files that read controls, call the core and draw; and the frame round them."""
