"""Drawings: inline SVG that follows the page's colours, made of the same numbers as the tables."""
