"""Tables: what each one is, reading them, writing them whole or not at all."""
