"""Explanations: scenes and steps of a calculation, code snippets, learning over time, and the lecture."""
