"""Sources: where the three raw files come from."""
