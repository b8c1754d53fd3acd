"""The retrieval corpus: real examples from the packages in use, built on the user's machine and found in milliseconds."""
