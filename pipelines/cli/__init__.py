"""``milkprice pipeline``: compile, run here, upload, run there."""
