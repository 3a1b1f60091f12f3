"""Rich Authorization Requests (RFC 9396): the type career_data, from the request to what leaves."""
