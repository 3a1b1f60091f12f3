"""Token exchange (RFC 8693): an app acts on behalf of another."""
