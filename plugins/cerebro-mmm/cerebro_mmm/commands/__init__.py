"""Commands that use a finished run: nothing heavy is imported before their arguments are read."""
