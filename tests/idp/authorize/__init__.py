"""From a request to its code: parsing, ordered checks, steps, where an error may be sent."""
