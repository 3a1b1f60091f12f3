"""Apps whose client_id is an address."""
