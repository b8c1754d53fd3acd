"""Blocks: ordinary functions that the linker copies verbatim into scripts."""
