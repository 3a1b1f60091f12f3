"""The career profile: what a document may hold, how it is kept, and what a grant lets out of it."""
