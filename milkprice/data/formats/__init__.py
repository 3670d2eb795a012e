"""What is peculiar to Chile's public data: names, months, units, the way numbers are written."""
