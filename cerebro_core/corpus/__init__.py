"""The retrieval corpus: examples from the packages in use, built on the user's machine, found in milliseconds."""
