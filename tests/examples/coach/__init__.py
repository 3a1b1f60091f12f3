"""Cap Coaching against a small honest provider: journeys, hostile answers, pages, pure parts."""
