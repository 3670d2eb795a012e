"""Which model answers: where it comes from, how it is loaded, and how it is swapped for another."""
