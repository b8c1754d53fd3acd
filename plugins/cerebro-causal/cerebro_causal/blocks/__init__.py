"""Functions that end up in the user's script."""
