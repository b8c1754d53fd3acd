"""Blocks: they are copied into scripts, so they obey the dialect of linkable code."""
