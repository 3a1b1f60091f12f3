"""The device grant: its endpoint, its short codes, its pages."""
