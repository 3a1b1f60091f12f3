"""Apps that register by themselves."""
