"""Key material: sealing, the signing ring and its life, people's own keys."""
