"""The formats, against C2SP's own vectors and texts that lie."""
