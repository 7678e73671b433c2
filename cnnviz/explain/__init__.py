"""What a number is made of, step by step, and the same as code; the lecture."""
