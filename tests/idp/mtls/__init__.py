"""Mutual TLS behind a proxy (RFC 8705): who is believed, and what a certificate proves."""
