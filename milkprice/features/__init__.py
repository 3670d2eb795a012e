"""Features: what a model sees of a month, one code path for training and for inference."""
