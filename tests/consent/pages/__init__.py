"""Pages of the consent room: every one in every language, with values that try to break out of them."""
