"""Checks of a source before anything is learnt from it."""
