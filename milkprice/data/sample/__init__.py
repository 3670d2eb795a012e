"""Synthetic files in the raw format of the real ones: every defect planted, the truth beside."""
