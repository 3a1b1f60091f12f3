"""Apps: registration, authentication, what their metadata may say."""
