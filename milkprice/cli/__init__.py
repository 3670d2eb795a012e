"""The command line. Commands import what they need when called, so that help is instant."""
