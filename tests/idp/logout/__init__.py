"""Signing out because an app asks (OpenID Connect RP-Initiated Logout 1.0)."""
