"""The referential: search, what it says of a profile, and loading the files it is published in."""
