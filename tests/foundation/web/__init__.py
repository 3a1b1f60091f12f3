"""The web kit: hostile forms, forged requests, languages, headers, errors."""
