"""The schema's history says what the tables say, on both engines."""
