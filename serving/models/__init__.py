"""Models in memory: where they come from, how they are loaded, swapped and evicted."""
