"""Charts: inline SVG that follows the page's colours, drawn from the numbers of the tables."""
