"""Grant Management for OAuth 2.0, draft 03: what may be asked, what it does, and the grant resource."""
