"""What is known about milk, money and rain in Chile, and how to learn from it."""

__version__ = "0.1.0"
