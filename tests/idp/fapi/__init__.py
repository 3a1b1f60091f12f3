"""The FAPI 2.0 Security Profile (final), section by section."""
