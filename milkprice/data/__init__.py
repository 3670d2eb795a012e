"""Raw files to clean monthly tables: sources, formats, cleaning, and checks of what they hold."""
