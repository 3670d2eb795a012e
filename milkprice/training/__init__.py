"""Search the notebook's grid of polynomial ridge models, fast, with scikit-learn's results."""
