"""REST: our own routes, before those of KServe's FastAPI application."""
