"""Search the notebook's grid of polynomial ridge models, fast, with scikit-learn's results."""

from milkprice.training.search import PolynomialRidgeSearch

__all__ = ["PolynomialRidgeSearch"]
